namespace OptiInfra.Contracts.SpotMigrations;

/// <summary>Cumulative counters of one instance at one instant, as scraped. <see cref="Buckets"/> are the cumulative counts per upper bound.</summary>
/// <param name="UpperBoundsSeconds">Ascending upper bounds in seconds, without +Inf.</param>
/// <param name="Buckets">Requests at or under each bound, then all requests (+Inf).</param>
public sealed record QualitySnapshot(
    string InstanceId,
    DateTimeOffset At,
    IReadOnlyList<double> UpperBoundsSeconds,
    IReadOnlyList<long> Buckets,
    long Requests,
    long Errors);

/// <summary>What an instance served between two instants: counts per bucket, the last one above all bounds.</summary>
public sealed record QualityWindow(
    string InstanceId,
    DateTimeOffset From,
    DateTimeOffset To,
    IReadOnlyList<double> UpperBoundsSeconds,
    IReadOnlyList<long> Counts,
    long Requests,
    long Errors);

public enum QualityVerdict
{
    Healthy,
    Degraded,
    NotEnoughData,
}

/// <summary>The comparison of a window with the baseline. Latencies in seconds, rates and degradation as fractions.</summary>
/// <param name="Degradation">0.7 × relative change of p95 latency + 0.3 × relative change of error rate; null where it cannot be computed.</param>
/// <param name="StandardError">Standard error of <see cref="Degradation"/>.</param>
public sealed record QualityComparison(
    QualityVerdict Verdict,
    double? Degradation,
    double? StandardError,
    double? BaselineP95Seconds,
    double? P95Seconds,
    double? BaselineErrorRate,
    double? ErrorRate,
    long BaselineRequests,
    long Requests,
    IReadOnlyList<InstanceComparison> Instances,
    string Explanation);

/// <summary>One replacement against the baseline of the instance that it replaced.</summary>
public sealed record InstanceComparison(
    string InstanceId,
    string ReplacementId,
    double BaselineP95Seconds,
    double P95Seconds,
    double BaselineErrorRate,
    double ErrorRate,
    long BaselineRequests,
    long Requests,
    double Degradation,
    double StandardError);
