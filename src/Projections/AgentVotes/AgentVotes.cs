using System.Collections.Immutable;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Projections;

/// <summary>What did each agent say about a plan, how sure is it, and on what evidence?</summary>
public sealed record AgentVotes
{
    /// <summary>The migration's.</summary>
    public required Guid Id { get; init; }
    public required string PlanHash { get; init; }
    public required ImmutableList<string> Voters { get; init; }
    public required DateTimeOffset Deadline { get; init; }
    /// <summary>In the order in which they came.</summary>
    public ImmutableList<AgentVote> Votes { get; init; } = [];
    /// <summary>Who is asked and has not answered.</summary>
    public IEnumerable<string> Missing => Voters.Except(Votes.Select(v => v.Agent), StringComparer.Ordinal);
}

/// <param name="Confidence">0..1.</param>
/// <param name="ExcludedInstanceIds">Of a rejection: the instances that must not move; none means the whole plan is rejected.</param>
public sealed record AgentVote(
    string Agent,
    bool Approved,
    double Confidence,
    ImmutableList<string> ExcludedInstanceIds,
    ImmutableList<string> Concerns,
    ImmutableList<string> Recommendations,
    ImmutableSortedDictionary<string, string> Evidence,
    DateTimeOffset At);

/// <inheritdoc cref="AgentVotes"/>
public sealed class AgentVotesProjection : SingleStreamProjection<AgentVotes>
{
    public static AgentVotes Create(VotesRequested e) =>
        new() { Id = e.MigrationId, PlanHash = e.PlanHash, Voters = [.. e.Voters], Deadline = e.Deadline };

    public static AgentVotes Apply(AgentApproved e, AgentVotes v) =>
        v with { Votes = v.Votes.Add(new AgentVote(e.Agent, true, e.Confidence, [], [.. e.Concerns], [.. e.Recommendations], Sorted(e.Evidence), e.At)) };

    public static AgentVotes Apply(AgentRejected e, AgentVotes v) =>
        v with { Votes = v.Votes.Add(new AgentVote(e.Agent, false, e.Confidence, [.. e.InstanceIds], [.. e.Concerns], [.. e.Recommendations], Sorted(e.Evidence), e.At)) };

    static ImmutableSortedDictionary<string, string> Sorted(IReadOnlyDictionary<string, string> evidence) =>
        evidence.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
