using System.Globalization;
using OptiInfra.Agents.Clouds;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;

namespace OptiInfra.Agents.Cost;

/// <summary>The pool for the next attempt of a move: the first approved one that was not tried, has stock for all one knows, and costs what was approved.</summary>
public static class PoolChoice
{
    /// <param name="currentHourlyUsd">Present spot prices by pool; a pool without one is not bought.</param>
    /// <returns>The pool and its price, or why each one fell out.</returns>
    public static (CapacityPool? Pool, decimal HourlyUsd, string Reason) Next(
        SpotMigration migration, string instanceId, Func<CapacityPool, bool> isCoolingDown, IReadOnlyDictionary<CapacityPool, decimal> currentHourlyUsd)
    {
        var tried = migration.Moves[instanceId].Attempts.ToDictionary(a => a.Pool, a => a.Failure);
        var reasons = new List<string>();
        foreach (var candidate in migration.Planned(instanceId)!.Candidates)
        {
            var highest = migration.Policy.HighestHourlyUsd(candidate);
            if (tried.TryGetValue(candidate.Pool, out var failure))
                reasons.Add($"{candidate.Pool}: {failure ?? "tried"}");
            else if (isCoolingDown(candidate.Pool))
                reasons.Add($"{candidate.Pool}: had no capacity a moment ago");
            else if (!currentHourlyUsd.TryGetValue(candidate.Pool, out var price))
                reasons.Add($"{candidate.Pool}: has no price now");
            else if (price > highest)
                reasons.Add(string.Create(CultureInfo.InvariantCulture, $"{candidate.Pool}: costs {price:0.0000} USD/h, approved up to {highest:0.0000}"));
            else
                return (candidate.Pool, price, "");
        }

        return (null, 0m, "No approved pool is left: " + string.Join("; ", reasons) + ".");
    }
}
