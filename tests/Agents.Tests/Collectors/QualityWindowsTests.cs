using OptiInfra.Agents.Collectors;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Collectors;

public sealed class QualityWindowsTests
{
    static QualitySnapshot Snapshot(double minutes, long[] cumulative, long errors, double[]? bounds = null) =>
        new("i-1", Given.Now.AddMinutes(minutes), bounds ?? [0.1, 0.5], cumulative, cumulative[^1], errors);

    [Fact]
    public void a_window_is_what_was_served_between_two_looks()
    {
        var (window, problem) = QualityWindows.Between(Snapshot(0, [90, 99, 100], 3), Snapshot(5, [190, 249, 260], 8));

        Assert.Null(problem);
        // per bucket, no longer cumulative
        Assert.Equal([100L, 50, 10], window!.Counts);
        Assert.Equal((160L, 5L, Given.Now, Given.Now.AddMinutes(5)), (window.Requests, window.Errors, window.From, window.To));
    }

    [Theory]
    [InlineData(new long[] { 10, 20, 30 }, 3, "restarted")]
    [InlineData(new long[] { 190, 249, 260 }, 2, "restarted")]
    // more requests in all, but one bucket lost some
    [InlineData(new long[] { 80, 249, 260 }, 8, "restarted")]
    public void counters_that_went_down_make_the_window_unreadable(long[] after, long errors, string why)
    {
        var (window, problem) = QualityWindows.Between(Snapshot(0, [90, 99, 100], 3), Snapshot(5, after, errors));

        Assert.Null(window);
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void other_buckets_than_before_make_the_window_unreadable() =>
        Assert.Contains("other buckets", QualityWindows.Between(Snapshot(0, [1, 2, 3], 0), Snapshot(5, [4, 5, 6], 0, [0.1, 1.0])).Problem, StringComparison.Ordinal);

    [Fact]
    public void what_is_not_cumulative_is_said() =>
        Assert.Contains("not cumulative", QualityWindows.Between(Snapshot(0, [0, 0, 0], 0), Snapshot(5, [9, 5, 12], 0)).Problem, StringComparison.Ordinal);

    [Fact]
    public void one_that_was_launched_inside_the_window_is_measured_since_its_start()
    {
        var (window, _) = QualityWindows.SinceStart(Snapshot(5, [90, 99, 100], 3), Given.Now.AddMinutes(2));

        Assert.Equal([90L, 9, 1], window!.Counts);
        Assert.Equal((100L, 3L, Given.Now.AddMinutes(2)), (window.Requests, window.Errors, window.From));
    }
}
