using System.Globalization;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>
/// Compares what replacements serve with what the instances they replaced served before anything moved.
/// <para>
/// Degradation is 0.7 × relative change of p95 latency + 0.3 × relative change of error rate, taken for each replacement
/// against its own predecessor and averaged by baseline requests: a fleet-wide percentile would show only the slowest service.
/// Percentiles are interpolated linearly inside their histogram bucket, as Prometheus' histogram_quantile does. Error rates
/// below <see cref="MigrationPolicy.ErrorRateFloor"/> count as the floor in the denominator.
/// </para>
/// <para>
/// The verdict is statistical: degradation above the limit rolls back only when it is also above noise (one-sided, 5 %;
/// standard errors by the delta method, of the quantile from the bucket's density and of the rate from the binomial);
/// above the limit but within noise is "not enough data", never a pass. One replacement whose own lower bound
/// (three standard errors) exceeds the limit fails the gate whatever the average says.
/// </para>
/// </summary>
public static class QualityGate
{
    public const double LatencyWeight = 0.7;
    public const double ErrorWeight = 0.3;
    const double Quantile = 0.95;
    const double OneSided95 = 1.645;
    const double SingleInstanceZ = 3.0;

    /// <param name="pairs">For each moved instance its baseline and its replacement's window; null where one could not be read.</param>
    public static QualityComparison Compare(IReadOnlyList<(string InstanceId, QualityWindow? Baseline, QualityWindow? Window)> pairs, MigrationPolicy policy)
    {
        var compared = new List<InstanceComparison>();
        var lacking = new List<string>();
        foreach (var (instanceId, baseline, window) in pairs)
        {
            if (baseline is null || window is null)
                lacking.Add($"{instanceId}: {(baseline is null ? "no baseline" : "its replacement could not be measured")}");
            else if (baseline.Requests < policy.MinRequests || window.Requests < policy.MinRequests)
                lacking.Add($"{instanceId}: {baseline.Requests} requests before and {window.Requests} after, {policy.MinRequests} needed");
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
        var standardError = Math.Sqrt(compared.Sum(c => Math.Pow(c.BaselineRequests / total * c.StandardError, 2)));
        var (verdict, explanation) = Judge(compared, lacking, pairs.Count, degradation, standardError, policy);
        return new QualityComparison(verdict, degradation, standardError,
            Weighted(c => c.BaselineP95Seconds), Weighted(c => c.P95Seconds), Weighted(c => c.BaselineErrorRate), Weighted(c => c.ErrorRate),
            compared.Sum(c => c.BaselineRequests), compared.Sum(c => c.Requests), compared, explanation);
    }

    static (QualityVerdict Verdict, string Explanation) Judge(
        List<InstanceComparison> compared, List<string> lacking, int pairs, double degradation, double standardError, MigrationPolicy policy)
    {
        var limit = policy.MaxDegradation;
        var summary = $"degradation {Percent(degradation)} ± {Percent(OneSided95 * standardError)} over {compared.Count} of {pairs} instances, limit {Percent(limit)}";
        if (degradation > limit && degradation - (OneSided95 * standardError) > 0)
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
        var latencyError = after.Seconds / before.Seconds * Math.Sqrt(Math.Pow(before.RelativeError, 2) + Math.Pow(after.RelativeError, 2));
        var rateChange = (errorsAfter - errorsBefore) / reference;
        var rateError = Math.Sqrt(RateVariance(baseline) + RateVariance(window)) / reference;
        return new InstanceComparison(instanceId, window.InstanceId, before.Seconds, after.Seconds, errorsBefore, errorsAfter, baseline.Requests, window.Requests,
            (LatencyWeight * latencyChange) + (ErrorWeight * rateChange),
            Math.Sqrt(Math.Pow(LatencyWeight * latencyError, 2) + Math.Pow(ErrorWeight * rateError, 2)));
    }

    /// <summary>p95 in seconds and its relative standard error; null when it lies above the last bound or nothing was served.</summary>
    public static (double Seconds, double RelativeError)? Percentile(QualityWindow window)
    {
        double n = window.Counts.Sum();
        if (n == 0)
            return null;
        var rank = Quantile * n;
        double below = 0;
        for (var i = 0; i < window.UpperBoundsSeconds.Count; i++)
        {
            double count = window.Counts[i];
            if (below + count >= rank)
            {
                var low = i == 0 ? 0 : window.UpperBoundsSeconds[i - 1];
                var width = window.UpperBoundsSeconds[i] - low;
                var value = low + (width * (rank - below) / count);
                // sqrt(q(1-q)/n) / density: the asymptotic standard error of a sample quantile
                var density = count / (n * width);
                return (value, Math.Sqrt(Quantile * (1 - Quantile) / n) / density / value);
            }

            below += count;
        }

        return null;
    }

    /// <summary>Variance of an observed rate, of one half error more so that no errors do not mean no uncertainty.</summary>
    static double RateVariance(QualityWindow window)
    {
        var rate = (window.Errors + 0.5) / (window.Requests + 1.0);
        return rate * (1 - rate) / window.Requests;
    }

    static string Percent(double fraction) => (fraction * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
