namespace OptiInfra.Contracts.SpotMigrations;

public enum RollbackTrigger
{
    QualityDegraded,
    PhaseFailed,
    PhaseTimedOut,
    MeasurementTimedOut,
    Cancelled,
}

/// <param name="InstanceIds">What must come back, newest move first.</param>
[EventType("rollback_started")]
public sealed record RollbackStarted(Guid MigrationId, RollbackTrigger Trigger, string Reason, IReadOnlyList<string> InstanceIds, DateTimeOffset At);

/// <param name="ReplacementIds">Everything launched for it, now terminated.</param>
/// <param name="RestoredInstanceId">The instance that serves now: the old one, or the on-demand one launched in its place.</param>
[EventType("instance_rolled_back")]
public sealed record InstanceRolledBack(Guid MigrationId, string InstanceId, IReadOnlyList<string> ReplacementIds, string RestoredInstanceId, DateTimeOffset At);

/// <summary>A step of the rollback or the retirement does not succeed; it goes on trying, and a person should look.</summary>
[EventType("attention_needed")]
public sealed record AttentionNeeded(Guid MigrationId, string Step, string Reason, DateTimeOffset At);

/// <param name="FleetAsBefore">Proven by comparing the fleet with the one that was analysed.</param>
[EventType("migration_rolled_back")]
public sealed record MigrationRolledBack(Guid MigrationId, string Reason, bool FleetAsBefore, IReadOnlyList<string> Differences, DateTimeOffset At);

[EventType("cancellation_requested")]
public sealed record CancellationRequested(Guid MigrationId, string RequestedBy, string Reason, DateTimeOffset At);

[EventType("migration_cancelled")]
public sealed record MigrationCancelled(Guid MigrationId, string CancelledBy, string Reason, bool FleetAsBefore, IReadOnlyList<string> Differences, DateTimeOffset At);

/// <summary>The last gate has passed: the old instances go.</summary>
[EventType("retirement_started")]
public sealed record RetirementStarted(Guid MigrationId, IReadOnlyList<string> InstanceIds, DateTimeOffset At);

/// <param name="ReplacementHourlyUsd">What the replacement has cost per hour since it was launched, time-weighted.</param>
[EventType("instance_retired")]
public sealed record InstanceRetired(Guid MigrationId, string InstanceId, string ReplacementId, decimal OnDemandHourlyUsd, decimal ReplacementHourlyUsd, DateTimeOffset At);

[EventType("migration_completed")]
public sealed record MigrationCompleted(Guid MigrationId, int Moved, decimal PromisedSavingMonthlyUsd, decimal RealisedSavingMonthlyUsd, DateTimeOffset At);

[EventType("migration_failed")]
public sealed record MigrationFailed(Guid MigrationId, string Reason, DateTimeOffset At);
