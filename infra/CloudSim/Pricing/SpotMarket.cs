using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Faults;

namespace OptiInfra.CloudSim.Pricing;

/// <summary>The spot prices of this cloud: recorded where there is a recording of the type, else seeded, times whatever price faults hold.</summary>
public sealed class SpotMarket(SeededSpotPrices seeded, RecordedSpotPrices? recorded, FaultBook faults)
{
    private static readonly string[] SeededProducts = [SpotProducts.Linux, SpotProducts.LinuxVpc];

    /// <summary>The (zone, product) pairs in which a type is sold on the spot market.</summary>
    public IEnumerable<(string Zone, string Product)> Pools(string type) =>
        recorded is not null && recorded.Covers(type)
            ? recorded.Pools.Where(pool => string.Equals(pool.InstanceType, type, StringComparison.Ordinal)).Select(pool => (pool.Zone, pool.Product))
            : Zones.All.SelectMany(zone => SeededProducts.Select(product => (zone.Name, product)));

    /// <summary>The changes of a pool in (from, to], oldest first, preceded by the one in force at from.</summary>
    public IEnumerable<SpotPriceChange> Changes(InstanceType type, string zone, string product, DateTimeOffset from, DateTimeOffset to)
    {
        var changes = Undisturbed(type, zone, product, from, to).ToList();
        var disturbances = faults.All
            .Where(placed => placed.Fault is SpotPriceFault fault && fault.Pool.Matches(spot: true, type.Name, zone))
            .ToList();
        if (disturbances.Count == 0 || changes.Count == 0)
        {
            return changes;
        }

        var instants = changes.Select(change => change.At)
            .Concat(disturbances.SelectMany(placed => new[] { placed.From, placed.Until ?? placed.From }).Where(at => at > changes[0].At && at <= to))
            .Distinct()
            .Order()
            .ToList();
        var result = new List<SpotPriceChange>(instants.Count);
        var current = 0;
        foreach (var at in instants)
        {
            while (current + 1 < changes.Count && changes[current + 1].At <= at)
            {
                current++;
            }

            result.Add(changes[current] with { At = at, HourlyUsd = Disturb(changes[current].HourlyUsd, type, disturbances, at) });
        }

        // a disturbance may itself lie before the window and be the change in force at its start
        var inForce = result.FindLastIndex(change => change.At <= from);
        return inForce > 0 ? result.Skip(inForce) : result;
    }

    /// <summary>The Linux price now, USD per hour, or null where the pool is not sold.</summary>
    public decimal? PriceAt(InstanceType type, string zone, DateTimeOffset at)
    {
        decimal? price = null;
        foreach (var product in SeededProducts)
        {
            foreach (var change in Changes(type, zone, product, at, at))
            {
                price = change.HourlyUsd;
            }

            if (price is not null)
            {
                return price;
            }
        }

        return price;
    }

    private static decimal Disturb(decimal price, InstanceType type, List<PlacedFault> disturbances, DateTimeOffset at)
    {
        foreach (var placed in disturbances)
        {
            if (placed.Fault is SpotPriceFault fault && placed.HoldsAt(at))
            {
                price *= (decimal)fault.Factor;
            }
        }

        return Math.Round(Math.Min(price, type.OnDemandHourlyUsd), 4);
    }

    private IEnumerable<SpotPriceChange> Undisturbed(InstanceType type, string zone, string product, DateTimeOffset from, DateTimeOffset to) =>
        recorded is not null && recorded.Covers(type.Name)
            ? recorded.Changes(type.Name, zone, product, from, to)
            : seeded.Changes(type, zone, from, to).Select(change => new SpotPriceChange(type.Name, zone, product, change.At, change.HourlyUsd));
}
