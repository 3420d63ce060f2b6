using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>Where one launch stands.</summary>
public enum TrainerStage
{
    /// <summary>The intent to launch is written.</summary>
    Starting,
    /// <summary>The cloud has made an instance.</summary>
    Launched,
    /// <summary>Its trainer has proven itself in standby.</summary>
    Ready,
    /// <summary>It has taken over: the job's trainer.</summary>
    Working,
    /// <summary>Not needed any more, or gone: its instance is to be terminated.</summary>
    Leaving,
    /// <summary>Nothing of it is left.</summary>
    Gone,
}

/// <summary>One launch of the job's trainer.</summary>
public sealed record Trainer(int Epoch, CapacityPool Pool, decimal HourlyUsd, string ClientToken, DateTimeOffset StartedAt)
{
    public TrainerStage Stage { get; init; }
    /// <summary>The newest checkpoint when it was launched: what it resumes from is that one or a later one.</summary>
    public TrainerCheckpoint? LaunchedAfter { get; init; }
    public string? InstanceId { get; init; }
    /// <summary>Host and port.</summary>
    public string? Address { get; init; }
    public DateTimeOffset? ProvisionedAt { get; init; }
    public DateTimeOffset? ReadyAt { get; init; }
    public DateTimeOffset? WorkingSince { get; init; }
    public DateTimeOffset? GoneAt { get; init; }
    /// <summary>The cloud has said that it takes the instance back.</summary>
    public bool IsInterrupted { get; init; }
    /// <summary>It came to nothing, was interrupted or got lost: its pool is looked at with care for a while.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>What it has cost until an instant, by the price of its start.</summary>
    public decimal PaidUsd(DateTimeOffset until) =>
        ProvisionedAt is not { } from ? 0m : HourlyUsd * (decimal)Math.Max(0, ((GoneAt ?? until) - from).TotalHours);
}

/// <summary>A way from one trainer to the next, while it lasts.</summary>
/// <param name="FromEpoch">The trainer to move away from.</param>
/// <param name="AwaitsCheckpoint">A checkpoint was asked for and has not come.</param>
public sealed record Changeover(int Number, MigrationTrigger Trigger, int FromEpoch, DateTimeOffset TriggeredAt, bool AwaitsCheckpoint)
{
    public DateTimeOffset? CheckpointAt { get; init; }
    public DateTimeOffset? SwitchedAt { get; init; }
    public int LastStep { get; init; }
}
