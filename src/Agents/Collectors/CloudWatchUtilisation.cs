using System.Globalization;
using OptiInfra.Agents.Cost;
using OptiInfra.Aws.CloudWatch;
using OptiInfra.Aws.CloudWatch.Model;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Collectors;

/// <summary>An instance's use over time; null where nothing was recorded, which is not the same as idle.</summary>
public sealed record InstanceUse(UtilisationHistory? Cpu, UtilisationHistory? Memory);

public interface IUtilisation
{
    /// <summary>Hourly use of the instances over [from, to]. An instance of which nothing is known may be left out.</summary>
    Task<IReadOnlyDictionary<string, InstanceUse>> ReadAsync(IReadOnlyList<string> instanceIds, DateTimeOffset from, DateTimeOffset to, IProgress<ObservationProgress>? progress, CancellationToken cancellationToken);
}

/// <summary>
/// CPU from <c>AWS/EC2 CPUUtilization</c>; memory from <c>CWAgent mem_used_percent</c>, which exists only where the CloudWatch agent runs.
/// Hourly maxima of the metric's percentile are not kept by CloudWatch at no cost, so hourly averages make up the history and hourly maxima its peak.
/// </summary>
public sealed class CloudWatchUtilisation(IAmazonCloudWatch cloudWatch) : IUtilisation
{
    // GetMetricData takes 500 queries a call; three per instance
    const int InstancesPerCall = 166;
    const int PeriodSeconds = 3600;

    public async Task<IReadOnlyDictionary<string, InstanceUse>> ReadAsync(
        IReadOnlyList<string> instanceIds, DateTimeOffset from, DateTimeOffset to, IProgress<ObservationProgress>? progress, CancellationToken cancellationToken)
    {
        var use = new Dictionary<string, InstanceUse>(StringComparer.Ordinal);
        var done = 0;
        foreach (var batch in instanceIds.Chunk(InstancesPerCall))
        {
            var queries = batch.SelectMany((id, n) => new[]
            {
                Query($"c{n}", "AWS/EC2", "CPUUtilization", "Average", id),
                Query($"x{n}", "AWS/EC2", "CPUUtilization", "Maximum", id),
                Query($"m{n}", "CWAgent", "mem_used_percent", "Average", id),
            }).ToList();
            var series = await cloudWatch.ReadMetricDataAsync(
                new GetMetricDataRequest { MetricDataQueries = queries, StartTime = from.UtcDateTime, EndTime = to.UtcDateTime, ScanBy = ScanBy.TimestampAscending }, cancellationToken).ConfigureAwait(false);
            for (var n = 0; n < batch.Length; n++)
            {
                var cpu = Values(series, $"c{n}");
                var peak = Values(series, $"x{n}");
                var memory = Values(series, $"m{n}");
                use[batch[n]] = new InstanceUse(Utilisation.Of(cpu, peak), Utilisation.Of(memory, memory));
            }

            done += batch.Length;
            progress?.Report(new ObservationProgress("utilisation", done, instanceIds.Count));
        }

        return use;
    }

    static MetricDataQuery Query(string id, string metricNamespace, string metric, string statistic, string instanceId) => new()
    {
        Id = id,
        MetricStat = new MetricStat
        {
            Metric = new Metric { Namespace = metricNamespace, MetricName = metric, Dimensions = [new Dimension("InstanceId", instanceId)] },
            Period = PeriodSeconds,
            Stat = statistic,
        },
        ReturnData = true,
    };

    static IReadOnlyList<double> Values(IReadOnlyDictionary<string, MetricDataResult> series, string id) =>
        series.TryGetValue(id, out var found) ? [.. found.Values.Select(v => v / 100)] : [];
}

/// <summary>Summaries of hourly values.</summary>
public static class Utilisation
{
    /// <param name="hourly">Hourly averages, fractions 0..1.</param>
    /// <param name="peaks">Hourly maxima, fractions 0..1.</param>
    /// <returns>Null when there is no value.</returns>
    public static UtilisationHistory? Of(IReadOnlyList<double> hourly, IReadOnlyList<double> peaks)
    {
        if (hourly.Count == 0)
            return null;
        var sorted = hourly.Order().ToArray();
        var mean = sorted.Average();
        var variance = sorted.Sum(v => (v - mean) * (v - mean)) / sorted.Length;
        // nearest rank: the smallest value that at least 95 % of the hours do not exceed
        var p95 = sorted[(int)Math.Ceiling(0.95 * sorted.Length) - 1];
        return new UtilisationHistory(sorted.Length, Round(mean), Round(p95), Round(peaks.Count == 0 ? sorted[^1] : Math.Max(sorted[^1], peaks.Max())), Round(mean == 0 ? 0 : Math.Sqrt(variance) / mean));
    }

    static double Round(double value) => double.Parse(value.ToString("0.####", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
