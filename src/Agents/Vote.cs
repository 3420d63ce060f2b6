using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents;

/// <summary>An agent's verdict on a plan.</summary>
/// <param name="Confidence">0..1.</param>
/// <param name="InstanceIds">Of a rejection: the instances that must not move; none rejects the whole plan.</param>
/// <param name="Evidence">What it was computed from, by name, with units in the text.</param>
public sealed record Vote(
    bool Approved,
    double Confidence,
    IReadOnlyList<string> InstanceIds,
    IReadOnlyList<string> Concerns,
    IReadOnlyList<string> Recommendations,
    IReadOnlyDictionary<string, string> Evidence)
{
    /// <param name="observed">What the verdict was computed from, for whoever computes it again.</param>
    public CastVote Cast(Guid migrationId, string agent, string planHash, VoteObservation? observed) =>
        new(migrationId, agent, planHash, Approved, Math.Round(Confidence, 3), InstanceIds, Concerns, Recommendations, Evidence, observed);
}
