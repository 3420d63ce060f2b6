using OptiInfra.Agents.Clouds;

namespace OptiInfra.Agents.Prices;

/// <summary>A pool's price over a span of time, USD per hour.</summary>
/// <param name="Changes">Change points inside the span.</param>
public sealed record PriceOverTime(decimal CurrentHourlyUsd, decimal MeanHourlyUsd, decimal HighestHourlyUsd, int Changes);

/// <summary>The mean of a price that changes at points in time: each price counts as long as it held.</summary>
public static class TimeWeightedPrice
{
    /// <summary>
    /// The price over [from, to]. The last change before <paramref name="from"/> is the price at it; before the first
    /// known change there is no price, and that time does not count.
    /// </summary>
    /// <param name="points">Of one pool, in any order; of several at the same instant the last in the list counts.</param>
    /// <returns>Null when no price is known at any time of the span.</returns>
    public static PriceOverTime? Of(IEnumerable<SpotPricePoint> points, DateTimeOffset from, DateTimeOffset to)
    {
        decimal weighted = 0, current = 0, highest = 0;
        long ticks = 0;
        var changes = 0;
        SpotPricePoint? previous = null;
        foreach (var point in points.Where(p => p.At <= to).OrderBy(p => p.At))
        {
            Count(previous, point.At);
            if (point.At > from && point.HourlyUsd != previous?.HourlyUsd && previous is not null)
                changes++;
            previous = point;
        }

        Count(previous, to);
        if (previous is null)
            return null;
        current = previous.HourlyUsd;
        return ticks == 0
            ? new PriceOverTime(current, current, current, changes)
            : new PriceOverTime(current, weighted / ticks, highest, changes);

        void Count(SpotPricePoint? price, DateTimeOffset until)
        {
            if (price is null || until <= from)
                return;
            var held = until.UtcTicks - Math.Max(price.At.UtcTicks, from.UtcTicks);
            if (held <= 0)
                return;
            weighted += price.HourlyUsd * held;
            ticks += held;
            highest = Math.Max(highest, price.HourlyUsd);
        }
    }
}
