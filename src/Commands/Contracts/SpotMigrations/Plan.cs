namespace OptiInfra.Contracts.SpotMigrations;

public enum Risk
{
    Low,
    Medium,
    High,
}

/// <summary>How a workload uses its machine over time.</summary>
public enum UsagePattern
{
    Stable,
    Variable,
    Burst,
}

/// <summary>A pool that an instance could move to. Prices in USD per hour; the saving is monthly and net of interruptions.</summary>
public sealed record CandidatePool(
    CapacityPool Pool,
    decimal MeanHourlyUsd,
    decimal CurrentHourlyUsd,
    int? InterruptionBand,
    Risk Risk,
    decimal InterruptionCostMonthlyUsd,
    decimal NetSavingMonthlyUsd);

/// <summary>An instance that is cheaper elsewhere, and where.</summary>
/// <param name="Candidates">All pools that would do, the recommended one first.</param>
/// <param name="Strategy">How the move is made; always <c>blue_green</c>: the old instance stays until the last gate has passed.</param>
/// <param name="Confidence">0..1: how much of the evidence for this saving was there.</param>
public sealed record Opportunity(
    string InstanceId,
    string InstanceType,
    string AvailabilityZone,
    string? Team,
    UsagePattern Pattern,
    decimal OnDemandHourlyUsd,
    decimal OnDemandMonthlyUsd,
    CandidatePool Recommended,
    IReadOnlyList<CandidatePool> Candidates,
    Risk Risk,
    decimal ExpectedSavingMonthlyUsd,
    string Strategy,
    double Confidence);

/// <summary>Why an instance stays where it is.</summary>
public sealed record InstanceRefusal(string InstanceId, string InstanceType, RefusalReason Reason, string Evidence);

public enum RefusalReason
{
    NotRunning,
    AlreadySpot,
    Protected,
    StatefulWorkload,
    UnlabelledWorkload,
    BurstableType,
    CoveredByCommitment,
    UtilisationUnknown,
    NoPrice,
    NoCandidatePool,
    SavingTooSmall,
}

/// <summary>One move of a plan.</summary>
public sealed record PlannedMove(
    string InstanceId,
    string InstanceType,
    string AvailabilityZone,
    string? Team,
    decimal OnDemandHourlyUsd,
    IReadOnlyList<CandidatePool> Candidates,
    decimal ExpectedSavingMonthlyUsd);

/// <summary>What is voted on and approved: exactly these moves, at these prices.</summary>
public sealed record MigrationPlan(IReadOnlyList<PlannedMove> Moves, decimal PromisedSavingMonthlyUsd);
