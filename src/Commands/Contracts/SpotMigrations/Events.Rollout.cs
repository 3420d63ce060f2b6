namespace OptiInfra.Contracts.SpotMigrations;

/// <param name="Phase">From 1.</param>
/// <param name="Percent">Cumulative target of the phase.</param>
/// <param name="TargetInstances">How many instances have moved, all phases together, when it is done.</param>
/// <param name="InstanceIds">The instances of this phase.</param>
[EventType("phase_started")]
public sealed record PhaseStarted(Guid MigrationId, int Phase, int Percent, int TargetInstances, IReadOnlyList<string> InstanceIds, DateTimeOffset At);

/// <summary>Intent, written before the cloud is called with this client token.</summary>
[EventType("instance_migration_started")]
public sealed record InstanceMigrationStarted(
    Guid MigrationId,
    int Phase,
    string InstanceId,
    int Attempt,
    CapacityPool Pool,
    decimal HourlyUsd,
    string ClientToken,
    DateTimeOffset At);

[EventType("replacement_launched")]
public sealed record ReplacementLaunched(Guid MigrationId, int Phase, string InstanceId, int Attempt, string ReplacementId, DateTimeOffset At);

/// <summary>An attempt came to nothing; another pool may follow. <paramref name="ReplacementId"/> is what was launched and given up, if anything.</summary>
[EventType("launch_failed")]
public sealed record LaunchFailed(Guid MigrationId, int Phase, string InstanceId, int Attempt, CapacityPool Pool, string? ReplacementId, string ErrorCode, string Reason, DateTimeOffset At);

/// <summary>The replacement is healthy and has the traffic; the old instance stands by.</summary>
[EventType("instance_migrated")]
public sealed record InstanceMigrated(Guid MigrationId, int Phase, string InstanceId, int Attempt, string ReplacementId, CapacityPool Pool, decimal HourlyUsd, DateTimeOffset At);

[EventType("instance_migration_failed")]
public sealed record InstanceMigrationFailed(Guid MigrationId, int Phase, string InstanceId, string Reason, DateTimeOffset At);

[EventType("phase_completed")]
public sealed record PhaseCompleted(Guid MigrationId, int Phase, int Percent, int Moved, int Failed, decimal SuccessFraction, DateTimeOffset WindowEndsAt, DateTimeOffset At);

/// <summary>Counters of the moved instances when their window opens.</summary>
[EventType("quality_window_opened")]
public sealed record QualityWindowOpened(Guid MigrationId, int Phase, IReadOnlyList<QualitySnapshot> Snapshots, IReadOnlyList<string> Unreadable, DateTimeOffset At);

/// <summary>A window has ended: measure.</summary>
[EventType("quality_check_requested")]
public sealed record QualityCheckRequested(Guid MigrationId, int Phase, int Check, DateTimeOffset At);

[EventType("quality_measured")]
public sealed record QualityMeasured(Guid MigrationId, int Phase, int Check, IReadOnlyList<QualityWindow> Windows, IReadOnlyList<string> Unreadable, QualityComparison Comparison, DateTimeOffset At);

[EventType("quality_degraded")]
public sealed record QualityDegraded(Guid MigrationId, int Phase, double Degradation, double MaxDegradation, string Explanation, DateTimeOffset At);

/// <summary>Too little was served to judge: the window goes on, once.</summary>
[EventType("monitoring_extended")]
public sealed record MonitoringExtended(Guid MigrationId, int Phase, string Reason, DateTimeOffset WindowEndsAt, DateTimeOffset At);

/// <summary>The rollout stands still until a person resumes or cancels it.</summary>
[EventType("rollout_paused")]
public sealed record RolloutPaused(Guid MigrationId, int Phase, string Reason, DateTimeOffset At);

/// <param name="QualityAccepted">True: a person took the phase's quality as good; false: it is watched again.</param>
[EventType("rollout_resumed")]
public sealed record RolloutResumed(Guid MigrationId, int Phase, string ResumedBy, bool QualityAccepted, DateTimeOffset WindowEndsAt, DateTimeOffset At);

/// <summary>The cloud takes a spot replacement back.</summary>
[EventType("instance_interrupted")]
public sealed record InstanceInterrupted(Guid MigrationId, int Phase, string InstanceId, string ReplacementId, CapacityPool Pool, DateTimeOffset? TerminatesAt, string Evidence, DateTimeOffset At);

/// <summary>No other pool would do: the old on-demand instance has the traffic again.</summary>
[EventType("instance_returned_to_on_demand")]
public sealed record InstanceReturnedToOnDemand(Guid MigrationId, int Phase, string InstanceId, string Reason, DateTimeOffset At);
