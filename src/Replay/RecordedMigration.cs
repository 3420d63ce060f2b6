using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Replay;

/// <summary>What a migration's events say, by what was decided.</summary>
sealed record RecordedMigration(IReadOnlyList<object> Events, MigrationRequested Request)
{
    public FleetAnalyzed? Analysis => One<FleetAnalyzed>();
    public VotesRequested? Asked => One<VotesRequested>();
    public QualityBaselineTaken? Baseline => One<QualityBaselineTaken>();
    public ApprovalRequested? Approval => One<ApprovalRequested>();
    public CustomerApproved? Approved => One<CustomerApproved>();
    public MigrationCompleted? Completed => One<MigrationCompleted>();
    public IReadOnlyList<Opportunity> Opportunities { get; } = [.. Events.OfType<OpportunityFound>().Select(e => e.Opportunity)];

    /// <summary>The votes that were cast, by agent.</summary>
    public IReadOnlyDictionary<string, CastVote> Votes { get; } = Events.Select(RecordedVote.Of).OfType<CastVote>().ToDictionary(v => v.Agent, StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The events are no migration's.</exception>
    public static RecordedMigration Of(IReadOnlyList<object> events) =>
        events is [MigrationRequested request, ..] ? new RecordedMigration(events, request)
        : throw new ArgumentException("The events do not begin with the request of a migration.", nameof(events));

    T? One<T>() where T : class => Events.OfType<T>().FirstOrDefault();
}

/// <summary>A vote's event as the command that it came from.</summary>
static class RecordedVote
{
    /// <returns>Null where the event is no vote.</returns>
    public static CastVote? Of(object e) => e switch
    {
        AgentApproved a => new CastVote(a.MigrationId, a.Agent, a.PlanHash, true, a.Confidence, [], a.Concerns, a.Recommendations, a.Evidence, a.Observed),
        AgentRejected r => new CastVote(r.MigrationId, r.Agent, r.PlanHash, false, r.Confidence, r.InstanceIds, r.Concerns, r.Recommendations, r.Evidence, r.Observed),
        _ => null,
    };
}
