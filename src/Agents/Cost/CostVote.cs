using System.Globalization;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Cost;

/// <summary>Whether the plan still saves what it promises at the prices of the moment.</summary>
public static class CostVote
{
    /// <summary>Prices as the log keeps them: also those of pools outside the plan, for whoever asks what another plan would have met.</summary>
    public static IReadOnlyList<PoolPrice> Listed(IReadOnlyDictionary<CapacityPool, decimal> currentHourlyUsd) =>
    [
        .. from price in currentHourlyUsd
           orderby price.Key.InstanceType, price.Key.AvailabilityZone
           select new PoolPrice(price.Key, price.Value),
    ];

    /// <summary>The same from what was kept of the moment.</summary>
    public static Vote Judge(MigrationPlan plan, VoteObservation observed, MigrationPolicy policy) =>
        Judge(plan, (observed.SpotPrices ?? []).ToDictionary(p => p.Pool, p => p.HourlyUsd), policy);

    /// <param name="currentHourlyUsd">Present spot prices; a pool without one is not to be had.</param>
    public static Vote Judge(MigrationPlan plan, IReadOnlyDictionary<CapacityPool, decimal> currentHourlyUsd, MigrationPolicy policy)
    {
        var concerns = new List<string>();
        var rejected = new List<string>();
        var drifted = 0;
        foreach (var move in plan.Moves)
        {
            var usable = move.Candidates.Where(c => currentHourlyUsd.TryGetValue(c.Pool, out var price) && price <= policy.HighestHourlyUsd(c)).ToList();
            if (usable.Count == 0)
            {
                rejected.Add(move.InstanceId);
                concerns.Add($"{move.InstanceId}: every candidate pool has become dearer than the plan allows, or has no price");
            }
            else if (usable[0] != move.Candidates[0])
            {
                drifted++;
            }
        }

        if (drifted > 0)
            concerns.Add(string.Create(CultureInfo.InvariantCulture, $"{drifted} of {plan.Moves.Count} recommended pools are dearer than the plan allows; the next pool of the plan would be used"));
        var sum = plan.Moves.Sum(m => m.ExpectedSavingMonthlyUsd);
        if (sum != plan.PromisedSavingMonthlyUsd)
            return new Vote(false, 1, [], [string.Create(CultureInfo.InvariantCulture, $"The plan promises {plan.PromisedSavingMonthlyUsd:0.00} USD a month; its moves add up to {sum:0.00}.")], ["Request a new migration."], Evidence(plan, drifted));
        var known = plan.Moves.Count(m => m.Candidates[0].InterruptionBand is not null);
        return new Vote(
            rejected.Count == 0,
            plan.Moves.Count == 0 ? 1 : Math.Round(0.6 + (0.3 * known / plan.Moves.Count) + (0.1 * (plan.Moves.Count - drifted - rejected.Count) / plan.Moves.Count), 3),
            rejected.Count == plan.Moves.Count ? [] : rejected,
            concerns, [], Evidence(plan, drifted));
    }

    static Dictionary<string, string> Evidence(MigrationPlan plan, int drifted) => new(StringComparer.Ordinal)
    {
        ["promised_saving_usd_per_month"] = plan.PromisedSavingMonthlyUsd.ToString("0.00", CultureInfo.InvariantCulture),
        ["expected_interruption_cost_usd_per_month"] = plan.Moves.Sum(m => m.Candidates[0].InterruptionCostMonthlyUsd).ToString("0.00", CultureInfo.InvariantCulture),
        ["pools_dearer_than_planned"] = drifted.ToString(CultureInfo.InvariantCulture),
        ["moves"] = plan.Moves.Count.ToString(CultureInfo.InvariantCulture),
    };
}
