namespace OptiInfra.Sagas.SpotMigrations;

// what the saga's timers deliver; each names its phase, since a late one may arrive in another
public sealed record AnalysisTimedOut(Guid MigrationId);
public sealed record VotingTimedOut(Guid MigrationId);
public sealed record ApprovalValidityEnded(Guid MigrationId);
public sealed record PhaseTimedOut(Guid MigrationId, int Phase);
public sealed record MonitoringWindowEnded(Guid MigrationId, int Phase);
public sealed record MeasurementTimedOut(Guid MigrationId, int Phase);
public sealed record EndingTimedOut(Guid MigrationId, int Phase);
