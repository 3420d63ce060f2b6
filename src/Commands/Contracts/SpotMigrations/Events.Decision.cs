namespace OptiInfra.Contracts.SpotMigrations;

/// <param name="RequesterId">The identity that was signed in; null at the command line of the machine.</param>
[EventType("migration_requested")]
public sealed record MigrationRequested(Guid MigrationId, string CustomerId, string RequestedBy, FleetSelector Fleet, MigrationPolicy Policy, DateTimeOffset At, string? RequesterId = null);

[EventType("analysis_started")]
public sealed record AnalysisStarted(Guid MigrationId, DateTimeOffset Deadline, DateTimeOffset At);

/// <summary>The fleet was observed and every instance judged; opportunities follow as events of their own.</summary>
[EventType("fleet_analyzed")]
public sealed record FleetAnalyzed(
    Guid MigrationId,
    FleetObservation Observation,
    decimal FleetMonthlyUsd,
    int Opportunities,
    IReadOnlyList<InstanceRefusal> Refusals,
    DateTimeOffset At);

[EventType("opportunity_found")]
public sealed record OpportunityFound(Guid MigrationId, Opportunity Opportunity, DateTimeOffset At);

/// <summary>The agents are asked to vote on a plan until the deadline.</summary>
[EventType("votes_requested")]
public sealed record VotesRequested(Guid MigrationId, MigrationPlan Plan, string PlanHash, IReadOnlyList<string> Voters, DateTimeOffset Deadline, DateTimeOffset At);

/// <summary>Latency and errors of the instances to be moved before anything moves: what each later phase is compared with.</summary>
[EventType("quality_baseline_taken")]
public sealed record QualityBaselineTaken(Guid MigrationId, IReadOnlyList<QualityWindow> Windows, IReadOnlyList<string> Unreadable, DateTimeOffset At);

/// <param name="Confidence">0..1.</param>
/// <param name="Evidence">What the verdict was computed from, by name, each with its unit in the text.</param>
/// <param name="Observed">What it was computed from as values, so that it can be computed again; null in events from before votes carried it.</param>
[EventType("agent_approved")]
public sealed record AgentApproved(
    Guid MigrationId,
    string Agent,
    string PlanHash,
    double Confidence,
    IReadOnlyList<string> Concerns,
    IReadOnlyList<string> Recommendations,
    IReadOnlyDictionary<string, string> Evidence,
    DateTimeOffset At,
    VoteObservation? Observed = null);

/// <param name="InstanceIds">The instances that must not move; none means the whole migration is rejected.</param>
[EventType("agent_rejected")]
public sealed record AgentRejected(
    Guid MigrationId,
    string Agent,
    string PlanHash,
    double Confidence,
    IReadOnlyList<string> InstanceIds,
    IReadOnlyList<string> Concerns,
    IReadOnlyList<string> Recommendations,
    IReadOnlyDictionary<string, string> Evidence,
    DateTimeOffset At,
    VoteObservation? Observed = null);

/// <summary>All votes are in; a person or the policy must approve exactly this plan before it expires.</summary>
[EventType("approval_requested")]
public sealed record ApprovalRequested(
    Guid MigrationId,
    MigrationPlan Plan,
    string PlanHash,
    IReadOnlyList<string> ExcludedInstanceIds,
    decimal MaxPriceDriftFraction,
    DateTimeOffset ExpiresAt,
    DateTimeOffset At);

/// <param name="ApproverId">The identity that was signed in; null at the command line of the machine, and where the policy approved.</param>
[EventType("customer_approved")]
public sealed record CustomerApproved(Guid MigrationId, string PlanHash, string ApprovedBy, bool ByPolicy, DateTimeOffset At, string? ApproverId = null);

[EventType("customer_rejected")]
public sealed record CustomerRejected(Guid MigrationId, string RejectedBy, string Reason, DateTimeOffset At);

[EventType("approval_expired")]
public sealed record ApprovalExpired(Guid MigrationId, DateTimeOffset ExpiredAt, DateTimeOffset At);
