using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.GraphQL;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>A training job: where it stands, where it runs, and how far it is. Prices in USD.</summary>
sealed class Job(JobSummary summary, long? version)
{
    public Guid Id => summary.Id;
    public string Customer => summary.CustomerId;
    /// <summary>Of the stream that this state was folded from; null where it comes from the read models, which follow the log.</summary>
    public long? Version => version;
    public string Name => summary.Name;
    public JobStatus Status => summary.Status;
    /// <summary>It was completed, failed or cancelled.</summary>
    public bool IsOver => summary.IsOver;
    public string SubmittedBy => summary.SubmittedBy;
    public DateTimeOffset SubmittedAt => summary.SubmittedAt;
    public DateTimeOffset? Deadline => summary.Deadline;
    /// <summary>Running time of the whole job, as it was submitted.</summary>
    public double EstimatedHours => summary.EstimatedHours;
    public DateTimeOffset? EndedAt => summary.EndedAt;
    public DateTimeOffset? FinishedAt => summary.FinishedAt;
    /// <summary>Of its checkpoints.</summary>
    public string Bucket => summary.Bucket;
    /// <summary>Of its checkpoints in the bucket.</summary>
    public string Prefix => summary.Prefix;
    /// <summary>The trainer that works; null while none does.</summary>
    public JobTrainer? Working { get; } = JobTrainer.Of(summary.Working);
    /// <summary>The trainer that is on its way; null while none is.</summary>
    public JobTrainer? Coming { get; } = JobTrainer.Of(summary.Coming);
    /// <summary>Host and port of the trainer that the endpoint leads to; null before the first.</summary>
    public string? EndpointAddress => summary.EndpointAddress;
    public int? EndpointEpoch => summary.EndpointEpoch;
    /// <summary>Saved last, or where it was when it was done.</summary>
    public int Step => summary.Step;
    /// <summary>Steps of the whole job; 0 before the first checkpoint.</summary>
    public int Iterations => summary.Iterations;
    /// <summary>After the step; null where the trainer does not tell it.</summary>
    public double? Loss => summary.Loss;
    /// <summary>To the last digit.</summary>
    public string? LossHex => summary.LossHex;
    public TrainerCheckpoint? Checkpoint => summary.Checkpoint;
    public DateTimeOffset? CheckpointAt => summary.CheckpointAt;
    /// <summary>Changeovers that led to another trainer.</summary>
    public int Migrations => summary.Migrations;
    public int Interruptions => summary.Interruptions;
    /// <summary>Why it is on its way to another place; null when it is not.</summary>
    public MigrationTrigger? Moving => summary.Moving;
    /// <summary>Of the cheapest on-demand type that fits, as the scout saw it first.</summary>
    public decimal OnDemandHourlyUsd => summary.OnDemandHourlyUsd;
    /// <summary>Why it failed or was cancelled.</summary>
    public string? Reason => summary.Reason;
    /// <summary>What a person should look at.</summary>
    public string? Attention => summary.Attention;

    internal JobSummary Summary => summary;

    internal MigrationKey Key => new(Customer, Id, Version);
}

/// <summary>One launch of a job's trainer.</summary>
/// <param name="Epoch">From 1, in the life of the job.</param>
/// <param name="HourlyUsd">Of its start.</param>
/// <param name="Address">Host and port, once it stood by.</param>
/// <param name="Failure">Why it came to nothing, or was lost.</param>
sealed record JobTrainer(int Epoch, CapacityPool Pool, decimal HourlyUsd, string? InstanceId, string? Address, DateTimeOffset? ProvisionedAt, DateTimeOffset? GoneAt, string? Failure)
{
    internal static JobTrainer? Of(JobInstance? i) => i is null ? null : new(i.Epoch, i.Pool, i.HourlyUsd, i.InstanceId, i.Address, i.ProvisionedAt, i.GoneAt, i.Failure);
}
