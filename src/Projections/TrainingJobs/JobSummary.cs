using System.Collections.Immutable;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Projections;

/// <summary>Where does a training job stand, where does it run, and what has it cost?</summary>
public sealed record JobSummary
{
    public required Guid Id { get; init; }
    public required string CustomerId { get; init; }
    public required string Name { get; init; }
    public required JobStatus Status { get; init; }
    public required string SubmittedBy { get; init; }
    /// <summary>The identity that was signed in; null at the command line of the machine.</summary>
    public string? Submitter { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public DateTimeOffset? Deadline { get; init; }
    /// <summary>Of the whole job, as it was submitted.</summary>
    public double EstimatedHours { get; init; }
    public ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
    public required string Bucket { get; init; }
    /// <summary>Of its checkpoints in the bucket.</summary>
    public required string Prefix { get; init; }
    /// <summary>When it was completed, failed or cancelled.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Every launch, by epoch, which counts from 1.</summary>
    public ImmutableList<JobInstance> Instances { get; init; } = [];
    /// <summary>Of the trainer that works; null while none does.</summary>
    public int? WorkingEpoch { get; init; }
    /// <summary>Of the launch that is on its way.</summary>
    public int? ComingEpoch { get; init; }
    /// <summary>Host and port of the trainer that the job's endpoint leads to; null before the first.</summary>
    public string? EndpointAddress { get; init; }
    public int? EndpointEpoch { get; init; }

    /// <summary>Saved last, or where it was when it was done.</summary>
    public int Step { get; init; }
    /// <summary>Steps of the whole job; 0 before the first checkpoint.</summary>
    public int Iterations { get; init; }
    /// <summary>After <see cref="Step"/>; null where the trainer does not tell it.</summary>
    public double? Loss { get; init; }
    public string? LossHex { get; init; }
    public TrainerCheckpoint? Checkpoint { get; init; }
    public DateTimeOffset? CheckpointAt { get; init; }

    /// <summary>Changeovers that led to another trainer.</summary>
    public int Migrations { get; init; }
    public int Interruptions { get; init; }
    /// <summary>Why the job is on its way to another place; null when it is not.</summary>
    public MigrationTrigger? Moving { get; init; }
    public JobOffer? LastOffer { get; init; }
    /// <summary>Why the scout waits rather than takes an offer; null where it does not.</summary>
    public string? WaitsBecause { get; init; }

    /// <summary>Of the cheapest type that fits, as the scout saw it first; 0 before.</summary>
    public decimal OnDemandHourlyUsd { get; init; }
    /// <summary>When all steps were done; nothing is compared with on demand after that.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
    /// <summary>As they were settled at the end; null before.</summary>
    public decimal? FinalPaidUsd { get; init; }
    /// <inheritdoc cref="FinalPaidUsd"/>
    public decimal? FinalOnDemandUsd { get; init; }

    /// <summary>Why it failed or was cancelled.</summary>
    public string? Reason { get; init; }
    /// <summary>What does not succeed by itself, so that a person should look; null when all is well.</summary>
    public string? Attention { get; init; }
    public string? AttentionStep { get; init; }

    public bool IsOver => Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    public JobInstance? Working => WorkingEpoch is { } epoch ? Instances[epoch - 1] : null;

    public JobInstance? Coming => ComingEpoch is { } epoch ? Instances[epoch - 1] : null;

    /// <summary>Hours of its instances times the price of their start, until an instant.</summary>
    public decimal PaidUsd(DateTimeOffset until) => FinalPaidUsd ?? decimal.Round(Instances.Sum(i => i.PaidUsd(until)), 6);

    /// <summary>What one on-demand instance of the cheapest type that fits would have cost since the first instance was there, until an instant.</summary>
    public decimal OnDemandUsd(DateTimeOffset until)
    {
        if (FinalOnDemandUsd is { } final)
            return final;
        var last = FinishedAt ?? EndedAt ?? until;
        return Instances.Min(i => i.ProvisionedAt) is { } from && last > from ? decimal.Round(OnDemandHourlyUsd * (decimal)(last - from).TotalHours, 6) : 0m;
    }

    /// <summary>Against on demand until an instant; negative where it has paid more, as while two trainers are paid for.</summary>
    public decimal SavedUsd(DateTimeOffset until) => OnDemandUsd(until) - PaidUsd(until);
}

/// <summary>One launch of a job's trainer.</summary>
/// <param name="HourlyUsd">Of its start.</param>
/// <param name="Address">Host and port of its service, once it stood by.</param>
public sealed record JobInstance(
    int Epoch, CapacityPool Pool, decimal HourlyUsd, string? InstanceId = null, string? Address = null, DateTimeOffset? ProvisionedAt = null, DateTimeOffset? GoneAt = null, string? Failure = null)
{
    public decimal PaidUsd(DateTimeOffset until) =>
        ProvisionedAt is { } from && (GoneAt ?? until) > from ? HourlyUsd * (decimal)((GoneAt ?? until) - from).TotalHours : 0m;
}

/// <summary>What the scout found last.</summary>
/// <param name="ExpectedSavingUsd">All costs of the move taken off; null where the deadline, a person or the lack of any place decided.</param>
/// <param name="Reasons">The decisive one first.</param>
public sealed record JobOffer(CapacityPool Pool, decimal HourlyUsd, decimal? ExpectedSavingUsd, IReadOnlyList<string> Reasons, DateTimeOffset At);
