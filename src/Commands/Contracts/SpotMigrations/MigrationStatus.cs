namespace OptiInfra.Contracts.SpotMigrations;

/// <summary>Where a migration stands, as its users see it.</summary>
public enum MigrationStatus
{
    Pending,
    Analyzing,
    Coordinating,
    AwaitingApproval,
    /// <summary>Phase 1, at its usual 10 %: its instances move and are watched.</summary>
    Executing10Percent,
    Executing50Percent,
    Executing100Percent,
    /// <summary>Everything has moved; the last window runs, or the old instances are being retired.</summary>
    Monitoring,
    /// <summary>Stands still until a person resumes or cancels it.</summary>
    Paused,
    RollingBack,
    Complete,
    Failed,
    RolledBack,
    Cancelled,
}
