namespace OptiInfra.Sagas.LiveMigrations;

// what the saga's timers deliver; each names its epoch, since a late one may arrive in another
public sealed record CheckpointTimedOut(Guid JobId, int Epoch);
public sealed record LaunchTimedOut(Guid JobId, int Epoch);
public sealed record SwitchTimedOut(Guid JobId, int Epoch);
public sealed record TakeOverTimedOut(Guid JobId, int Epoch);
public sealed record RetirementTimedOut(Guid JobId);
