using OptiInfra.Agents.Clouds;
using OptiInfra.Contracts;

namespace OptiInfra.Agents.Cost;

/// <summary>Spot prices in force now.</summary>
static class CurrentPrices
{
    public static async Task<IReadOnlyDictionary<CapacityPool, decimal>> ReadAsync(ICloud cloud, IReadOnlyCollection<string> instanceTypes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var latest = new Dictionary<CapacityPool, SpotPricePoint>();
        // a window that starts now gives the price in force now
        await foreach (var point in cloud.SpotPricesAsync(instanceTypes, now, now, cancellationToken).ConfigureAwait(false))
        {
            var pool = new CapacityPool(CapacityType.Spot, point.InstanceType, point.AvailabilityZone);
            if (!latest.TryGetValue(pool, out var known) || point.At > known.At)
                latest[pool] = point;
        }

        return latest.ToDictionary(p => p.Key, p => p.Value.HourlyUsd);
    }
}
