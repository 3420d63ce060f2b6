using System.Globalization;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>
/// Compares what replacements serve with what the instances they replaced served before anything moved.
/// <para>
/// Degradation is 0.7 × relative change of p95 latency + 0.3 × relative change of error rate, taken for each replacement
/// against its own predecessor and averaged by baseline requests: a fleet-wide percentile would show only the slowest service.
/// Percentiles are estimated inside their histogram bucket (see <see cref="Percentile"/>). Error rates below
/// <see cref="MigrationPolicy.ErrorRateFloor"/> count as the floor in the denominator.
/// </para>
/// <para>
/// The verdict is statistical: degradation above the limit rolls back only when it is also above noise (one-sided, 1 %,
/// because a rollout passes three gates and more;
/// standard errors by the delta method, of the percentile from the shares around its bucket and of the rate from the binomial);
/// above the limit but within noise is "not enough data", never a pass. One replacement whose own lower bound
/// (three standard errors) exceeds the limit fails the gate whatever the average says.
/// </para>
/// </summary>
public static class QualityGate
{
    public const double LatencyWeight = 0.7;
    public const double ErrorWeight = 0.3;
    const double OneSided99 = 2.326;
    const double SingleInstanceZ = 3.0;
    const double ShortestBound = 1e-6;

    /// <param name="pairs">For each moved instance its baseline and its replacement's window; null where one could not be read.</param>
    public static QualityComparison Compare(IReadOnlyList<(string InstanceId, QualityWindow? Baseline, QualityWindow? Window)> pairs, MigrationPolicy policy)
    {
        var compared = new List<InstanceComparison>();
        var lacking = new List<string>();
        foreach (var (instanceId, baseline, window) in pairs)
        {
            if (baseline is null || window is null)
                lacking.Add($"{instanceId}: {(baseline is null ? "no baseline" : "its replacement could not be measured")}");
            else if ((Malformed(baseline) ?? Malformed(window)) is { } fault)
                lacking.Add($"{instanceId}: its metrics make no sense ({fault})");
            else if (Known(baseline) < policy.MinRequests || Known(window) < policy.MinRequests)
                lacking.Add($"{instanceId}: {Known(baseline)} requests before and {Known(window)} after, {policy.MinRequests} needed");
            else if (Percentile(baseline) is not { } before || Percentile(window) is not { } after)
                lacking.Add($"{instanceId}: p95 lies beyond the histogram's last bucket");
            else
                compared.Add(CompareOne(instanceId, baseline, before, window, after, policy));
        }

        if (compared.Count == 0)
        {
            return new QualityComparison(QualityVerdict.NotEnoughData, null, null, null, null, null, null,
                pairs.Sum(p => p.Baseline?.Requests ?? 0), pairs.Sum(p => p.Window?.Requests ?? 0), [],
                lacking.Count == 0 ? "No moved instance to compare." : "Nothing could be compared: " + string.Join("; ", lacking) + ".");
        }

        double total = compared.Sum(c => (double)c.BaselineRequests);
        double Weighted(Func<InstanceComparison, double> value) => compared.Sum(c => c.BaselineRequests / total * value(c));
        var degradation = Weighted(c => c.Degradation);
        var standardError = Math.Sqrt(compared.Sum(c => Square(c.BaselineRequests / total * c.StandardError)));
        var (verdict, explanation) = Judge(compared, lacking, pairs.Count, degradation, standardError, policy);
        return new QualityComparison(verdict, degradation, standardError,
            Weighted(c => c.BaselineP95Seconds), Weighted(c => c.P95Seconds), Weighted(c => c.BaselineErrorRate), Weighted(c => c.ErrorRate),
            compared.Sum(c => c.BaselineRequests), compared.Sum(c => c.Requests), compared, explanation);
    }

    static (QualityVerdict Verdict, string Explanation) Judge(
        List<InstanceComparison> compared, List<string> lacking, int pairs, double degradation, double standardError, MigrationPolicy policy)
    {
        var limit = policy.MaxDegradation;
        var summary = $"degradation {Percent(degradation)} ± {Percent(OneSided99 * standardError)} over {compared.Count} of {pairs} instances, limit {Percent(limit)}";
        if (degradation > limit && degradation - (OneSided99 * standardError) > 0)
            return (QualityVerdict.Degraded, $"Quality is worse: {summary}.");
        if (compared.Find(c => c.Degradation - (SingleInstanceZ * c.StandardError) > limit) is { } worst)
            return (QualityVerdict.Degraded, $"Quality of {worst.ReplacementId} (for {worst.InstanceId}) is worse: its degradation is {Percent(worst.Degradation)} ± {Percent(SingleInstanceZ * worst.StandardError)}; all together {summary}.");
        if (degradation > limit)
            return (QualityVerdict.NotEnoughData, $"Above the limit but within noise: {summary}.");
        if (compared.Count < (double)policy.MinSuccessFraction * pairs)
            return (QualityVerdict.NotEnoughData, $"Too few instances could be compared: {summary}; {string.Join("; ", lacking)}.");
        return (QualityVerdict.Healthy, $"Quality holds: {summary}.");
    }

    static InstanceComparison CompareOne(
        string instanceId, QualityWindow baseline, (double Seconds, double RelativeError) before, QualityWindow window, (double Seconds, double RelativeError) after, MigrationPolicy policy)
    {
        var errorsBefore = (double)baseline.Errors / baseline.Requests;
        var errorsAfter = (double)window.Errors / window.Requests;
        var reference = Math.Max(errorsBefore, policy.ErrorRateFloor);
        var latencyChange = (after.Seconds / before.Seconds) - 1;
        var latencyError = after.Seconds / before.Seconds * Math.Sqrt(Square(before.RelativeError) + Square(after.RelativeError));
        var rateChange = (errorsAfter - errorsBefore) / reference;
        var rateError = Math.Sqrt(RateVariance(baseline) + RateVariance(window)) / reference;
        return new InstanceComparison(instanceId, window.InstanceId, before.Seconds, after.Seconds, errorsBefore, errorsAfter, baseline.Requests, window.Requests,
            (LatencyWeight * latencyChange) + (ErrorWeight * rateChange),
            Math.Sqrt(Square(LatencyWeight * latencyError) + Square(ErrorWeight * rateError)));
    }

    /// <summary>p95 in seconds and its relative standard error; null when it lies above the last bound or nothing was served.</summary>
    public static (double Seconds, double RelativeError)? Percentile(QualityWindow window) => HistogramPercentile.P95(window);

    /// <summary>Why counts cannot be a histogram; a comparison with them would be no number, or a wrong one.</summary>
    static string? Malformed(QualityWindow window)
    {
        var bounds = window.UpperBoundsSeconds;
        return window.Counts.Count != bounds.Count + 1 ? $"{window.Counts.Count} counts for {bounds.Count} bounds"
            : window.Counts.Any(c => c < 0) || window.Errors < 0 ? "counts below zero"
            : bounds.Any(b => b is not (>= ShortestBound and < double.PositiveInfinity)) || bounds.Zip(bounds.Skip(1)).Any(p => p.First >= p.Second) ? "bounds that do not ascend from a microsecond or more"
            : window.Errors > window.Requests ? $"{window.Errors} errors in {window.Requests} requests"
            : null;
    }

    /// <summary>Requests of which both latency and outcome are known.</summary>
    static long Known(QualityWindow window) => Math.Min(window.Requests, window.Counts.Sum());

    /// <summary>Variance of an observed rate, of one half error more so that no errors do not mean no uncertainty.</summary>
    static double RateVariance(QualityWindow window)
    {
        var rate = (window.Errors + 0.5) / (window.Requests + 1.0);
        return rate * (1 - rate) / window.Requests;
    }

    static double Square(double value) => value * value;

    // + 0.0: no "-0.0 %"
    static string Percent(double fraction) => (Math.Round(fraction * 100, 1) + 0.0).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
