using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Prices;
using OptiInfra.Testing;

namespace OptiInfra.Agents.Tests.Prices;

public sealed class TimeWeightedPriceTests
{
    static readonly DateTimeOffset T0 = Given.Now;

    static SpotPricePoint At(double hours, decimal price) => new("m5.xlarge", "us-east-1a", price, T0.AddHours(hours));

    /// <summary>By hand: 0.10 for 6 h, then 0.20 for 18 h: (0.6 + 3.6) / 24 = 0.175.</summary>
    [Fact]
    public void each_price_counts_as_long_as_it_held()
    {
        var price = TimeWeightedPrice.Of([At(6, 0.20m), At(-50, 0.10m)], T0, T0.AddHours(24))!;

        Assert.Equal((0.175m, 0.20m, 0.20m, 1), (price.MeanHourlyUsd, price.CurrentHourlyUsd, price.HighestHourlyUsd, price.Changes));
    }

    [Fact]
    public void the_last_change_before_the_span_is_the_price_at_its_start()
    {
        var price = TimeWeightedPrice.Of([At(-1, 0.30m), At(-90, 0.90m)], T0, T0.AddHours(24))!;

        Assert.Equal((0.30m, 0.30m, 0), (price.MeanHourlyUsd, price.HighestHourlyUsd, price.Changes));
    }

    [Fact]
    public void time_before_the_first_known_price_does_not_count() =>
        Assert.Equal(0.40m, TimeWeightedPrice.Of([At(12, 0.40m)], T0, T0.AddHours(24))!.MeanHourlyUsd);

    [Fact]
    public void a_change_after_the_span_is_not_known_in_it()
    {
        Assert.Null(TimeWeightedPrice.Of([At(25, 0.40m)], T0, T0.AddHours(24)));
        Assert.Null(TimeWeightedPrice.Of([], T0, T0.AddHours(24)));
        Assert.Equal(0.1m, TimeWeightedPrice.Of([At(-1, 0.1m), At(25, 0.9m)], T0, T0.AddHours(24))!.CurrentHourlyUsd);
    }

    [Fact]
    public void an_instant_has_the_price_in_force()
    {
        var price = TimeWeightedPrice.Of([At(-5, 0.10m), At(-2, 0.12m)], T0, T0)!;

        Assert.Equal((0.12m, 0.12m), (price.CurrentHourlyUsd, price.MeanHourlyUsd));
    }

    static readonly Gen<(int Minute, int Price)> Change = Gen.Choose(-3000, 3000).SelectMany(minute => Gen.Choose(1, 5000).Select(price => (minute, price)));

    /// <summary>The mean of the price in force at each minute of the span, computed one minute at a time.</summary>
    [Fact]
    public void the_mean_is_that_of_the_price_in_force_at_each_minute() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Arb.From(Gen.NonEmptyListOf(Change)), changes =>
        {
            var points = changes.DistinctBy(c => c.Minute).Select(c => At(c.Minute / 60.0, c.Price / 10_000m) with { At = T0.AddMinutes(c.Minute) }).ToList();
            const int Minutes = 1440;
            var inForce = Enumerable.Range(0, Minutes).Select(m => points.Where(p => p.At <= T0.AddMinutes(m)).MaxBy(p => p.At)?.HourlyUsd).OfType<decimal>().ToList();

            var price = TimeWeightedPrice.Of(points, T0, T0.AddMinutes(Minutes));

            return inForce.Count == 0
                // a change at the very end of the span is known, but held no time
                ? price is null || price.MeanHourlyUsd == points.Single(p => p.At == T0.AddMinutes(Minutes)).HourlyUsd
                : Math.Abs(price!.MeanHourlyUsd - inForce.Average()) < 0.000_000_1m
                    && price.MeanHourlyUsd <= price.HighestHourlyUsd && price.MeanHourlyUsd >= inForce.Min() && price.HighestHourlyUsd == inForce.Max();
        }));

    [Fact]
    public void the_order_of_the_points_does_not_matter() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Arb.From(Gen.NonEmptyListOf(Change)), changes =>
        {
            var points = changes.DistinctBy(c => c.Minute).Select(c => At(0, c.Price / 10_000m) with { At = T0.AddMinutes(c.Minute) }).ToList();
            return TimeWeightedPrice.Of(points, T0, T0.AddDays(1)) == TimeWeightedPrice.Of(Enumerable.Reverse(points), T0, T0.AddDays(1));
        }));

    public static TheoryData<string> RecordedTypes { get; } =
        ["c5.xlarge", "g4dn.8xlarge", "g4dn.xlarge", "m5.4xlarge", "m5.xlarge", "p3.16xlarge", "p3.2xlarge", "r5.large", "t2.2xlarge"];

    /// <summary>An integral by steps, in double precision, over the recorded 90 days; the tested code never sums this way.</summary>
    [Theory]
    [MemberData(nameof(RecordedTypes))]
    public void recorded_prices_have_the_mean_that_an_independent_computation_finds(string type)
    {
        var recorded = Recorded(type);
        var to = recorded.Max(p => p.At);
        var from = to.AddDays(-30);
        foreach (var zone in recorded.GroupBy(p => p.AvailabilityZone))
        {
            var byTime = zone.OrderBy(p => p.At).ToList();
            // each step's rise or fall holds from its instant to the end
            var start = byTime.LastOrDefault(p => p.At <= from) ?? byTime[0];
            var known = start.At > from ? start.At : from;
            var area = (double)start.HourlyUsd * (to - known).TotalHours;
            for (var i = byTime.IndexOf(start) + 1; i < byTime.Count; i++)
                area += (double)(byTime[i].HourlyUsd - byTime[i - 1].HourlyUsd) * (to - byTime[i].At).TotalHours;

            var mean = TimeWeightedPrice.Of(zone, from, to)!.MeanHourlyUsd;

            if (to > known)
                Assert.Equal(area / (to - known).TotalHours, (double)mean, 1e-9);
        }
    }

    [Fact]
    public void a_flat_recorded_price_is_its_own_mean()
    {
        var recorded = Recorded("p3.2xlarge");
        var to = recorded.Max(p => p.At);
        foreach (var zone in recorded.GroupBy(p => p.AvailabilityZone).Where(z => z.Select(p => p.HourlyUsd).Distinct().Count() == 1))
        {
            var price = TimeWeightedPrice.Of(zone, to.AddDays(-60), to)!;
            Assert.Equal((zone.First().HourlyUsd, zone.First().HourlyUsd, 0), (price.MeanHourlyUsd, price.HighestHourlyUsd, price.Changes));
        }

        Assert.Contains(recorded.GroupBy(p => p.AvailabilityZone), z => z.Select(p => p.HourlyUsd).Distinct().Count() == 1);
    }

    static List<SpotPricePoint> Recorded(string type)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Require($"aws-spot-price-history/{type}.json")));
        return
        [
            .. json.RootElement.GetProperty("SpotPriceHistory").EnumerateArray()
                .Where(p => p.GetProperty("ProductDescription").GetString() is "Linux/UNIX")
                .Select(p => new SpotPricePoint(type, p.GetProperty("AvailabilityZone").GetString()!,
                    decimal.Parse(p.GetProperty("SpotPrice").GetString()!, CultureInfo.InvariantCulture), p.GetProperty("Timestamp").GetDateTimeOffset())),
        ];
    }
}
