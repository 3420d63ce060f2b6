using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Gate;

public sealed class PercentileTests
{
    static QualityWindow Histogram(double[] bounds, params long[] counts) => new("i-1", Spec.Noon, Spec.Noon.AddMinutes(5), bounds, counts, counts.Sum(), 0);

    static double P95(double[] bounds, params long[] counts) => QualityGate.Percentile(Histogram(bounds, counts))!.Value.Seconds;

    // 501 of 1001 stand for the median, whose normal quantile is 0; 1000.5 of 1001 have 3.2905, twice that of 95 %:
    // p95 lies half way between the logarithms of 0.1 and 0.4
    [Fact]
    public void half_at_the_lower_bound_and_all_at_the_upper_is_their_geometric_mean() => Assert.Equal(0.2, P95([0.1, 0.4], 500, 500, 0), 4);

    // 700.5 of 1001: 0.5238; 980.5 of 1001: 2.0437; so (1.6449 − 0.5238) / 1.5199 = 0.7376 of ln 2 above 0.5
    [Fact]
    public void shares_between_are_taken_by_their_normal_quantiles() => Assert.Equal(0.5 * Math.Pow(2, 0.7376), P95([0.25, 0.5, 1.0], 200, 500, 280, 20), 3);

    [Fact]
    public void what_reaches_95_percent_exactly_is_its_upper_bound() => Assert.Equal(0.25, P95([0.1, 0.25, 0.5], 500, 450, 50, 0), 9);

    [Fact]
    public void an_empty_bucket_below_does_not_matter() => Assert.Equal(P95([0.1, 0.4], 500, 500, 0), P95([0.01, 0.05, 0.1, 0.4], 0, 0, 500, 500, 0));

    // evenly from 0 to 0.1: 95 % of all at 95 % of the way, or a bit later where the bucket does not hold all
    [Fact]
    public void the_first_bucket_is_spread_evenly()
    {
        Assert.Equal(0.095, P95([0.1], 1000, 0), 9);
        Assert.Equal(0.1 * 950 / 960, P95([0.1, 1], 960, 40, 0), 9);
    }

    // sqrt(0.0475 / 1000) = 0.006892 of the requests; with 10 in a second, 0.0006892 s of 0.095
    [Fact]
    public void the_first_buckets_error_is_that_of_the_share_over_the_density() =>
        Assert.Equal(0.0006892 / 0.095, QualityGate.Percentile(Histogram([0.1], 1000, 0))!.Value.RelativeError, 5);

    [Fact]
    public void above_the_last_bound_nothing_is_known() => Assert.Null(QualityGate.Percentile(Histogram([0.1, 0.25], 900, 40, 60)));

    [Fact]
    public void nothing_served_is_nothing_known() => Assert.Null(QualityGate.Percentile(Histogram([0.1, 0.25], 0, 0, 0)));

    [Fact]
    public void a_histogram_without_bounds_is_nothing_known() => Assert.Null(QualityGate.Percentile(Histogram([], 100)));

    // linear interpolation reads 180 ms as 239 and a fifth more as 244: 2 %
    [Theory]
    [InlineData(1.0)]
    [InlineData(1.05)]
    [InlineData(1.1)]
    [InlineData(1.2)]
    [InlineData(1.5)]
    public void a_change_inside_a_wide_bucket_is_seen_in_full(double factor)
    {
        var (before, after) = (QualityGate.Percentile(Service.Web.Expected("i-1", 1_000_000))!.Value.Seconds, QualityGate.Percentile(Service.Web.Expected("i-1", 1_000_000, factor))!.Value.Seconds);
        Assert.Equal(0.18, before, 3);
        Assert.Equal(factor, after / before, 2);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(12_000)]
    public void the_standard_error_is_how_much_repeated_measurements_differ(int requests)
    {
        foreach (var service in new[] { Service.Web, Service.BurstyWeb, Service.Model })
        {
            var random = new Random(17);
            var measured = Enumerable.Range(0, 600).Select(_ => QualityGate.Percentile(service.Serve(random, "i-1", requests))!.Value).ToList();
            var mean = measured.Average(m => Math.Log(m.Seconds));
            var spread = Math.Sqrt(measured.Average(m => Math.Pow(Math.Log(m.Seconds) - mean, 2)));
            // the spread of 600 is known to 3 %; half a request more or less matters where a tail has two
            Assert.InRange(measured.Average(m => m.RelativeError) / spread, 0.85, 1.25);
        }
    }
}
