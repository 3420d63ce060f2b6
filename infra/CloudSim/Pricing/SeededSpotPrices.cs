using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Draws;

namespace OptiInfra.CloudSim.Pricing;

/// <summary>
/// Spot prices that behave as AWS's have since 2018: a few changes a day, drifting smoothly around a level typical for the family,
/// never above on-demand. The price at any instant is worked out from the seed alone, so history of any length costs nothing to keep.
/// </summary>
public sealed class SeededSpotPrices(long seed)
{
    /// <summary>The changes of the pool in (from, to], oldest first, preceded by the one in force at from.</summary>
    public IEnumerable<(DateTimeOffset At, decimal HourlyUsd)> Changes(InstanceType type, string zone, DateTimeOffset from, DateTimeOffset to)
    {
        var pool = type.Name + "/" + zone;
        (DateTimeOffset At, decimal HourlyUsd)? inForce = null;
        // every day has at least two changes, so the day before holds the one in force at the start
        for (var day = from.UtcDateTime.Date.AddDays(-1); day <= to.UtcDateTime; day = day.AddDays(1))
        {
            foreach (var at in ChangesOfDay(pool, new DateTimeOffset(day, TimeSpan.Zero)))
            {
                var change = (at, Price(type, zone, pool, at));
                if (at > to)
                {
                    break;
                }

                if (at <= from)
                {
                    inForce = change;
                    continue;
                }

                if (inForce is { } before)
                {
                    yield return before;
                    inForce = null;
                }

                yield return change;
            }
        }

        if (inForce is { } last)
        {
            yield return last;
        }
    }

    private IEnumerable<DateTimeOffset> ChangesOfDay(string pool, DateTimeOffset day)
    {
        var number = day.ToUnixTimeSeconds() / 86_400;
        var count = 2 + (int)(4 * Draw.Uniform(seed, "spot-changes", pool, number));
        for (var index = 0; index < count; index++)
        {
            // one in each equal part of the day, so that they come in order
            var part = (index + Draw.Uniform(seed, "spot-change-at", pool, (number * 8) + index)) / count;
            yield return day.AddSeconds(Math.Floor(86_400 * part));
        }
    }

    private decimal Price(InstanceType type, string zone, string pool, DateTimeOffset at)
    {
        // type and zone each have a lasting character; the rest moves over two weeks, two days and half a day
        var level = TypicalFraction(type.Family)
            * Math.Exp(
                (0.07 * ((2 * Draw.Uniform(seed, "spot-type", type.Name)) - 1))
                + (0.06 * ((2 * Draw.Uniform(seed, "spot-pool", pool)) - 1))
                + (0.05 * Draw.Smooth(seed, "spot-fortnight", pool, at, TimeSpan.FromDays(14)))
                + (0.02 * Draw.Smooth(seed, "spot-days", pool, at, TimeSpan.FromDays(2)))
                + (0.006 * Draw.Smooth(seed, "spot-hours", pool, at, TimeSpan.FromHours(12))));
        return Math.Round(type.OnDemandHourlyUsd * (decimal)Math.Min(0.95, level), 4);
    }

    /// <summary>Spot over on-demand, by family; the order of the savings that the public AWS Spot Advisor shows.</summary>
    private static double TypicalFraction(string family) => family switch
    {
        "p3" => 0.36,
        "p4d" => 0.45,
        "p5" => 0.50,
        "inf2" => 0.42,
        ['g', ..] => 0.46,
        ['t', ..] => 0.42,
        ['r', ..] => 0.46,
        ['c', ..] => 0.48,
        [.., 'a'] => 0.50,
        _ => 0.47,
    };
}
