using System.Globalization;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Resource;

/// <summary>Scores of one set of types: 1 to 10 by zone; null where they could not be had, with why.</summary>
public sealed record PlacementScores(IReadOnlyList<string> InstanceTypes, IReadOnlyDictionary<string, int>? ByZone, string? Problem);

/// <summary>Whether the market has the capacity that the plan wants, and whether the plan leans too much on one pool.</summary>
public static class ResourceVote
{
    /// <summary>Amazon scores fewer types low whatever the stock, so a low score of fewer says nothing.</summary>
    const int TypesForAScore = 3;

    /// <summary>The same from what was kept of the moment.</summary>
    public static Vote Judge(MigrationPlan plan, VoteObservation observed, MigrationPolicy policy) => Judge(
        plan,
        (observed.Placement ?? [])
            .SelectMany(p => p.InstanceIds.Select(id => (Id: id, Scores: new PlacementScores(p.InstanceTypes, p.ByZone, p.Problem))))
            .ToDictionary(p => p.Id, p => p.Scores, StringComparer.Ordinal),
        observed.AvailabilityZones ?? [],
        policy);

    /// <param name="scores">By instance: the scores of its candidate types.</param>
    public static Vote Judge(MigrationPlan plan, IReadOnlyDictionary<string, PlacementScores> scores, IReadOnlyList<string> zones, MigrationPolicy policy)
    {
        var concerns = new List<string>();
        var recommendations = new List<string>();
        var rejected = new List<string>();
        var unknown = 0;
        var lowest = int.MaxValue;
        foreach (var move in plan.Moves)
        {
            if (move.Candidates.All(c => !zones.Contains(c.Pool.AvailabilityZone)))
            {
                rejected.Add(move.InstanceId);
                concerns.Add($"{move.InstanceId}: none of its candidate pools lies in an available zone");
                continue;
            }

            var known = scores.GetValueOrDefault(move.InstanceId) is { ByZone: { } byZone } answer && answer.InstanceTypes.Count >= TypesForAScore
                ? move.Candidates.Where(c => byZone.ContainsKey(c.Pool.AvailabilityZone)).Select(c => byZone[c.Pool.AvailabilityZone]).ToList()
                : [];
            if (known.Count == 0)
            {
                unknown++;
                continue;
            }

            var best = known.Max();
            lowest = Math.Min(lowest, best);
            if (best >= policy.MinPlacementScore)
                continue;
            rejected.Add(move.InstanceId);
            concerns.Add(string.Create(CultureInfo.InvariantCulture, $"{move.InstanceId}: the best placement score of its candidate zones is {best} of 10; {policy.MinPlacementScore} is the least"));
        }

        concerns.AddRange(plan.Moves.Select(m => scores.GetValueOrDefault(m.InstanceId)?.Problem).OfType<string>().Distinct(StringComparer.Ordinal).Select(p => $"placement scores could not be had: {p}"));
        if (unknown > 0)
            concerns.Add(string.Create(CultureInfo.InvariantCulture, $"placement scores of {unknown} of {plan.Moves.Count} instances are unknown (they need at least {TypesForAScore} candidate types); the market's answer to the launch decides"));
        foreach (var pool in plan.Moves.GroupBy(m => m.Candidates[0].Pool).Where(g => g.Count() > 1 && g.Count() > plan.Moves.Count * policy.MaxPoolFraction))
        {
            concerns.Add(string.Create(CultureInfo.InvariantCulture, $"{pool.Count()} of {plan.Moves.Count} moves go to {pool.Key} first: one interruption wave would meet them all"));
            recommendations.Add($"Diversify: allow more instance types or zones beside {pool.Key}.");
        }

        concerns.Add("spot quota of the account: unknown; a launch beyond it fails with MaxSpotInstanceCountExceeded and is not tried again");
        return new Vote(
            rejected.Count == 0,
            plan.Moves.Count == 0 ? 1 : Math.Round(0.9 - (0.3 * unknown / plan.Moves.Count), 3),
            rejected.Count == plan.Moves.Count ? [] : rejected,
            concerns, recommendations,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["lowest_best_placement_score"] = lowest == int.MaxValue ? "unknown" : lowest.ToString(CultureInfo.InvariantCulture),
                ["min_placement_score"] = policy.MinPlacementScore.ToString(CultureInfo.InvariantCulture),
                ["distinct_first_pools"] = plan.Moves.Select(m => m.Candidates[0].Pool).Distinct().Count().ToString(CultureInfo.InvariantCulture),
                ["zones"] = string.Join(", ", zones),
            });
    }
}
