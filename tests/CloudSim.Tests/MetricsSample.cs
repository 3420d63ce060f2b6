using System.Globalization;

namespace OptiInfra.CloudSim.Tests;

/// <summary>A Prometheus text page, read.</summary>
internal sealed class MetricsSample
{
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly List<(string Name, double Edge, double Count)> _buckets = [];

    public double this[string series] => _values[series];

    public bool Has(string series) => _values.ContainsKey(series);

    public double Requests => _values["http_requests_total{code=\"200\"}"] + _values["http_requests_total{code=\"500\"}"];

    public double Errors => _values["http_requests_total{code=\"500\"}"];

    public static MetricsSample Parse(string page)
    {
        var sample = new MetricsSample();
        foreach (var line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '#')
            {
                continue;
            }

            var space = line.LastIndexOf(' ');
            var series = line[..space];
            var value = double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture);
            sample._values.Add(series, value);
            var le = series.IndexOf("le=\"", StringComparison.Ordinal);
            if (le > 0)
            {
                var edge = series[(le + 4)..series.IndexOf('"', le + 4)];
                sample._buckets.Add((series[..series.IndexOf('{', StringComparison.Ordinal)], edge is "+Inf" ? double.PositiveInfinity : double.Parse(edge, CultureInfo.InvariantCulture), value));
            }
        }

        return sample;
    }

    /// <summary>The 95th percentile of what came between an earlier sample and this one, interpolated inside its bucket.</summary>
    public double P95Since(MetricsSample? earlier, string histogram = "http_request_duration_seconds")
    {
        var now = _buckets.Where(bucket => bucket.Name == histogram + "_bucket").ToList();
        var before = earlier?._buckets.Where(bucket => bucket.Name == histogram + "_bucket").ToList();
        var counts = now.Select((bucket, index) => (bucket.Edge, Count: bucket.Count - (before?[index].Count ?? 0))).ToList();
        var rank = 0.95 * counts[^1].Count;
        var at = counts.FindIndex(bucket => bucket.Count >= rank);
        var (lowEdge, lowCount) = at == 0 ? (0, 0) : counts[at - 1];
        return lowEdge + ((counts[at].Edge - lowEdge) * (rank - lowCount) / (counts[at].Count - lowCount));
    }

    public IReadOnlyList<double> Edges(string histogram) => [.. _buckets.Where(bucket => bucket.Name == histogram + "_bucket").Select(bucket => bucket.Edge)];
}
