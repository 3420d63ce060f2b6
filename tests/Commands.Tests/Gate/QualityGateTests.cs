using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Gate;

/// <summary>Worked by hand: with one bucket, p95 is 0.95 of its bound, so that a bound a tenth higher is a p95 a tenth higher.</summary>
public sealed class QualityGateTests
{
    static readonly MigrationPolicy Policy = new();

    static QualityWindow Window(string id, double p95 = 0.095, long requests = 10_000, long errors = 0) =>
        new(id, Spec.Noon, Spec.Noon.AddMinutes(5), [p95 / 0.95], [requests, 0], requests, errors);

    static (string, QualityWindow?, QualityWindow?) Pair(int n, double slower = 1, long requests = 10_000, long errorsBefore = 0, long errorsAfter = 0) =>
        (A.Instance(n), Window(A.Instance(n), requests: requests, errors: errorsBefore), Window(A.Replacement(n), 0.095 * slower, requests, errorsAfter));

    static QualityComparison Compare(params (string, QualityWindow?, QualityWindow?)[] pairs) => QualityGate.Compare(pairs, Policy);

    [Fact]
    public void the_same_is_healthy()
    {
        var comparison = Compare(Pair(1));
        Assert.Equal((QualityVerdict.Healthy, 0.0, 0.095, 0.095), (comparison.Verdict, comparison.Degradation, comparison.BaselineP95Seconds, comparison.P95Seconds));
        Assert.StartsWith("Quality holds: degradation 0.0 %", comparison.Explanation, StringComparison.Ordinal);
    }

    // 0.7 × 0.1
    [Fact]
    public void latency_counts_with_seven_tenths() => Assert.Equal(0.07, Compare(Pair(1, slower: 1.1)).Degradation!.Value, 9);

    // 2 % → 3 %: 0.3 × 0.5
    [Fact]
    public void errors_count_with_three_tenths() => Assert.Equal(0.15, Compare(Pair(1, errorsBefore: 200, errorsAfter: 300)).Degradation!.Value, 9);

    // 0.7 × 0.1 + 0.3 × 0.5
    [Fact]
    public void both_add_up()
    {
        var comparison = Compare(Pair(1, slower: 1.1, errorsBefore: 200, errorsAfter: 300));
        Assert.Equal(0.22, comparison.Degradation!.Value, 9);
        Assert.Equal((QualityVerdict.Degraded, 0.02, 0.03), (comparison.Verdict, comparison.BaselineErrorRate, comparison.ErrorRate));
    }

    // 0.1 % → 0.5 % is four times as much, but 0.4 % of the floor of 1 %: 0.3 × 0.4
    [Fact]
    public void errors_below_the_floor_are_measured_against_it() => Assert.Equal(0.12, Compare(Pair(1, errorsBefore: 10, errorsAfter: 50)).Degradation!.Value, 9);

    [Fact]
    public void a_first_error_is_no_catastrophe() => Assert.Equal(QualityVerdict.Healthy, Compare(Pair(1, errorsAfter: 1)).Verdict);

    [Fact]
    public void better_is_healthy()
    {
        var comparison = Compare(Pair(1, slower: 0.7, errorsBefore: 200, errorsAfter: 100));
        Assert.Equal(QualityVerdict.Healthy, comparison.Verdict);
        Assert.Equal(-0.21 - 0.15, comparison.Degradation!.Value, 9);
    }

    [Theory]
    [InlineData(1.071, QualityVerdict.Healthy)]
    [InlineData(1.072, QualityVerdict.Degraded)]
    public void the_limit_is_five_percent(double slower, QualityVerdict verdict) => Assert.Equal(verdict, Compare(Pair(1, slower, requests: 1_000_000)).Verdict);

    // 0.07 ± 2.326 × 0.0995: of 1,000 requests with 5 errors, the error rate alone is uncertain by 0.3 × 0.33 (see below)
    [Fact]
    public void above_the_limit_within_noise_is_not_enough_data()
    {
        var comparison = Compare(Pair(1, slower: 1.1, requests: 1_000, errorsBefore: 5, errorsAfter: 5));
        Assert.Equal((QualityVerdict.NotEnoughData, 0.07), (comparison.Verdict, Math.Round(comparison.Degradation!.Value, 9)));
        Assert.StartsWith("Above the limit but within noise: degradation 7.0 % ± 23.", comparison.Explanation, StringComparison.Ordinal);
    }

    // errors: rate (5 + 0.5) / 1001 = 0.0054945, variance 0.0054945 × 0.9945055 / 1000 = 5.4643e-6 on each side;
    // 0.3 × sqrt(2 × 5.4643e-6) / 0.01 = 0.099177. Latency: 0.006892 / 0.95 = 0.0072548 on each side; 0.7 × sqrt(2) × that = 0.0071819
    [Fact]
    public void the_standard_error_is_that_of_both_parts() =>
        Assert.Equal(Math.Sqrt((0.099177 * 0.099177) + (0.0071819 * 0.0071819)), Compare(Pair(1, requests: 1_000, errorsBefore: 5, errorsAfter: 5)).StandardError!.Value, 5);

    // 0 × 10,000 and 0.07 × 30,000 of 40,000 requests
    [Fact]
    public void instances_count_by_their_baselines_requests()
    {
        var comparison = Compare(Pair(1, requests: 10_000), Pair(2, slower: 1.1, requests: 30_000));
        Assert.Equal(0.0525, comparison.Degradation!.Value, 9);
        Assert.Equal((QualityVerdict.Degraded, 40_000L), (comparison.Verdict, comparison.BaselineRequests));
    }

    // each against the instance that it replaced: a fast service made slow is seen beside a slow one
    [Fact]
    public void each_is_compared_with_its_own_predecessor()
    {
        var fast = (A.Instance(1), (QualityWindow?)Window(A.Instance(1), 0.010), (QualityWindow?)Window(A.Replacement(1), 0.020));
        var slow = (A.Instance(2), (QualityWindow?)Window(A.Instance(2), 2.0), (QualityWindow?)Window(A.Replacement(2), 2.0));
        Assert.Equal(0.35, Compare(fast, slow).Degradation!.Value, 9);
    }

    // nine at 0 and one at 0.7 × 0.5 = 0.35: 0.035 on average
    [Fact]
    public void a_single_bad_replacement_fails_the_gate_alone()
    {
        var comparison = Compare([.. Enumerable.Range(1, 9).Select(n => Pair(n)), Pair(10, slower: 1.5)]);
        Assert.Equal((QualityVerdict.Degraded, 0.035), (comparison.Verdict, Math.Round(comparison.Degradation!.Value, 9)));
        Assert.StartsWith($"Quality of {A.Replacement(10)} (for {A.Instance(10)}) is worse: its degradation is 35.0 %", comparison.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void a_single_replacement_that_is_bad_within_noise_does_not()
    {
        var comparison = Compare([.. Enumerable.Range(1, 9).Select(n => Pair(n)), Pair(10, slower: 1.2, requests: 1_000, errorsBefore: 10, errorsAfter: 10)]);
        Assert.Equal(QualityVerdict.Healthy, comparison.Verdict);
    }

    [Fact]
    public void a_replacement_that_only_answers_errors_fast_is_worse() =>
        Assert.Equal(QualityVerdict.Degraded, Compare(Pair(1, slower: 0.01, errorsBefore: 50, errorsAfter: 10_000)).Verdict);

    [Theory]
    [InlineData(999, 10_000)]
    [InlineData(10_000, 999)]
    public void too_few_requests_are_not_enough_data(long before, long after)
    {
        var comparison = Compare((A.Instance(1), Window(A.Instance(1), requests: before), Window(A.Replacement(1), requests: after)));
        Assert.Equal(QualityVerdict.NotEnoughData, comparison.Verdict);
        Assert.Equal($"Nothing could be compared: {A.Instance(1)}: {before} requests before and {after} after, 1000 needed.", comparison.Explanation);
    }

    // a counter of requests beside an empty histogram is no latency
    [Fact]
    public void requests_without_latencies_are_not_enough_data() =>
        Assert.Contains("990 after", Compare((A.Instance(1), Window(A.Instance(1)), Window(A.Replacement(1)) with { Counts = [990, 0] })).Explanation, StringComparison.Ordinal);

    [Fact]
    public void a_missing_baseline_is_not_enough_data() =>
        Assert.Equal($"Nothing could be compared: {A.Instance(1)}: no baseline.", Compare((A.Instance(1), null, Window(A.Replacement(1)))).Explanation);

    [Fact]
    public void a_missing_window_is_not_enough_data() =>
        Assert.Equal((QualityVerdict.NotEnoughData, (double?)null), (Compare((A.Instance(1), Window(A.Instance(1)), null)) is var c ? c.Verdict : default, c.Degradation));

    [Fact]
    public void nothing_moved_is_not_enough_data() => Assert.Equal((QualityVerdict.NotEnoughData, "No moved instance to compare."), (Compare().Verdict, Compare().Explanation));

    [Fact]
    public void latency_beyond_the_last_bound_is_not_enough_data() =>
        Assert.Contains("beyond the histogram's last bucket", Compare((A.Instance(1), Window(A.Instance(1)), Window(A.Replacement(1)) with { Counts = [9_000, 1_000] })).Explanation, StringComparison.Ordinal);

    [Theory]
    [InlineData(10, QualityVerdict.NotEnoughData)]
    [InlineData(20, QualityVerdict.Healthy)]
    public void ninety_five_percent_of_the_moved_must_be_compared(int instances, QualityVerdict verdict)
    {
        var pairs = Enumerable.Range(1, instances - 1).Select(n => Pair(n)).Append((A.Instance(instances), Window(A.Instance(instances)), null)).ToArray();
        var comparison = Compare(pairs);
        Assert.Equal((verdict, instances - 1), (comparison.Verdict, comparison.Instances.Count));
    }

    // what is bad among those that can be compared is bad whatever the others are
    [Fact]
    public void degradation_is_seen_also_where_others_cannot_be_compared() =>
        Assert.Equal(QualityVerdict.Degraded, Compare(Pair(1, slower: 1.5), (A.Instance(2), null, null)).Verdict);

    public static TheoryData<string, QualityWindow> Malformed => new()
    {
        { "a count too many", Window("i-1") with { Counts = [10_000, 0, 0] } },
        { "a count too few", Window("i-1") with { Counts = [10_000] } },
        { "a count below zero", Window("i-1") with { Counts = [10_001, -1] } },
        { "errors below zero", Window("i-1") with { Errors = -1 } },
        { "more errors than requests", Window("i-1") with { Errors = 10_001 } },
        { "bounds that descend", Window("i-1") with { UpperBoundsSeconds = [0.5, 0.1], Counts = [5_000, 5_000, 0] } },
        { "a bound twice", Window("i-1") with { UpperBoundsSeconds = [0.1, 0.1], Counts = [5_000, 5_000, 0] } },
        { "a bound of zero", Window("i-1") with { UpperBoundsSeconds = [0], Counts = [10_000, 0] } },
        { "a bound below zero", Window("i-1") with { UpperBoundsSeconds = [-1], Counts = [10_000, 0] } },
        { "a bound that is no number", Window("i-1") with { UpperBoundsSeconds = [double.NaN], Counts = [10_000, 0] } },
        { "a bound without end", Window("i-1") with { UpperBoundsSeconds = [double.PositiveInfinity], Counts = [10_000, 0] } },
    };

    // a degradation that is no number could not even be written to the log: the measurement would fail for ever
    [Theory]
    [MemberData(nameof(Malformed))]
    public void metrics_that_make_no_sense_are_not_enough_data(string fault, QualityWindow window)
    {
        Assert.NotEmpty(fault);
        foreach (var comparison in new[] { Compare((A.Instance(1), Window(A.Instance(1)), window)), Compare((A.Instance(1), window, Window(A.Replacement(1)))) })
        {
            Assert.Equal(QualityVerdict.NotEnoughData, comparison.Verdict);
            Assert.Contains("make no sense", comparison.Explanation, StringComparison.Ordinal);
        }
    }
}
