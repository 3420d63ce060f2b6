using OptiInfra.GraphQL;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>What is known of a migration besides its summary; loaded for all migrations of an answer together.</summary>
[ObjectType<Migration>]
static class MigrationFields
{
    /// <summary>What happened, in order, in a person's words.</summary>
    public static async Task<IReadOnlyList<TimelineLine>> GetTimelineAsync([Parent] Migration migration, TimelineLoader timelines, CancellationToken cancellationToken) =>
        (await timelines.LoadAsync(migration.Key, cancellationToken))?.Lines ?? [];

    /// <summary>Where each planned instance stands, in the order of the plan.</summary>
    public static async Task<IReadOnlyList<InstanceMove>> GetMovesAsync([Parent] Migration migration, MovesLoader moves, CancellationToken cancellationToken) =>
        (await moves.LoadAsync(migration.Key, cancellationToken))?.Moves ?? [];

    /// <summary>What the agents said of the plan, in the order in which they voted.</summary>
    public static async Task<IReadOnlyList<Vote>> GetVotesAsync([Parent] Migration migration, VotesLoader votes, CancellationToken cancellationToken) =>
        [.. (await votes.LoadAsync(migration.Key, cancellationToken))?.Votes.Select(Vote.Of) ?? []];

    /// <summary>Instances that are cheaper elsewhere, and why the others stay; null before the fleet was analysed.</summary>
    public static async Task<MigrationOpportunities?> GetOpportunitiesAsync([Parent] Migration migration, OpportunitiesLoader opportunities, CancellationToken cancellationToken) =>
        await opportunities.LoadAsync(migration.Key, cancellationToken);
}

/// <summary>An agent's verdict on a plan.</summary>
/// <param name="Confidence">0..1.</param>
/// <param name="ExcludedInstanceIds">Of a rejection: the instances that must not move; none means the whole plan is rejected.</param>
/// <param name="Evidence">What the verdict was computed from, each with its unit in the text.</param>
sealed record Vote(
    string Agent,
    bool Approved,
    double Confidence,
    IReadOnlyList<string> ExcludedInstanceIds,
    IReadOnlyList<string> Concerns,
    IReadOnlyList<string> Recommendations,
    IReadOnlyList<Evidence> Evidence,
    DateTimeOffset At)
{
    internal static Vote Of(AgentVote vote) => new(
        vote.Agent, vote.Approved, vote.Confidence, vote.ExcludedInstanceIds, vote.Concerns, vote.Recommendations,
        [.. vote.Evidence.Select(e => new Evidence(e.Key, e.Value))], vote.At);
}

/// <summary>One thing that a verdict was computed from.</summary>
sealed record Evidence(string Name, string Value);
