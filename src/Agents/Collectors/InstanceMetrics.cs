using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Collectors;

/// <summary>What one look at an instance's metrics page showed.</summary>
/// <param name="Snapshot">Null where no known latency histogram or error counter is on the page; <paramref name="Problem"/> says why.</param>
/// <param name="TerminatesIn">Time left by the interruption notice, if there is one.</param>
public sealed record InstanceReading(string InstanceId, QualitySnapshot? Snapshot, string? Problem, string? Server, bool TerminationImminent, TimeSpan? TerminatesIn);

/// <summary>Looks at instances from outside, over HTTP.</summary>
public interface IInstanceMetrics
{
    /// <summary>Never throws for an instance that cannot be read: the reading says why.</summary>
    Task<InstanceReading> ReadAsync(FleetInstance instance, CancellationToken cancellationToken = default);

    /// <summary>Whether the application on it says that it is healthy.</summary>
    Task<bool> IsHealthyAsync(FleetInstance instance, CancellationToken cancellationToken = default);
}

/// <summary>Where instances' pages are. <c>{private_ip}</c> and <c>{instance_id}</c> stand for the instance's.</summary>
public sealed record InstanceEndpoints
{
    public string MetricsUrl { get; init; } = "http://{private_ip}:9100/metrics";
    public string HealthUrl { get; init; } = "http://{private_ip}:8080/health";
    /// <summary>How long an instance may take to answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Scrapes Prometheus text pages.</summary>
public sealed class InstanceMetrics(HttpClient http, InstanceEndpoints endpoints, TimeProvider clock) : IInstanceMetrics
{
    public async Task<InstanceReading> ReadAsync(FleetInstance instance, CancellationToken cancellationToken = default)
    {
        var url = Fill(endpoints.MetricsUrl, instance);
        try
        {
            using var bounded = Bounded(cancellationToken);
            var text = await http.GetStringAsync(url, bounded.Token).ConfigureAwait(false);
            return Read(instance.InstanceId, clock.GetUtcNow(), PrometheusText.Parse(text));
        }
        catch (Exception e) when (e is HttpRequestException or FormatException or UriFormatException or InvalidOperationException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new InstanceReading(instance.InstanceId, null, $"{url}: {(e is OperationCanceledException ? $"no answer within {endpoints.Timeout.TotalSeconds:0} s" : e.Message)}", null, false, null);
        }
    }

    public async Task<bool> IsHealthyAsync(FleetInstance instance, CancellationToken cancellationToken = default)
    {
        try
        {
            using var bounded = Bounded(cancellationToken);
            using var response = await http.GetAsync(Fill(endpoints.HealthUrl, instance), HttpCompletionOption.ResponseHeadersRead, bounded.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or InvalidOperationException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>What a page's samples say.</summary>
    public static InstanceReading Read(string instanceId, DateTimeOffset at, IReadOnlyList<MetricSample> samples)
    {
        var imminent = samples.Any(s => s.Name == "aws_instance_termination_imminent" && s.Value >= 1);
        TimeSpan? left = samples.Where(s => s.Name == "aws_instance_termination_in" && double.IsFinite(s.Value) && imminent)
            .Select(s => (TimeSpan?)TimeSpan.FromSeconds(Math.Max(0, s.Value))).FirstOrDefault();
        foreach (var known in ServingMetrics.Known)
        {
            foreach (var name in known.Latency)
            {
                if (Histogram(samples, name + "_bucket") is not { } histogram)
                    continue;
                if (known.Errors(samples) is not { } errors)
                    return new InstanceReading(instanceId, null, $"{name} is there, but no error counter of {known.Server}", known.Server, imminent, left);
                var snapshot = new QualitySnapshot(instanceId, at, histogram.Bounds, histogram.Counts, histogram.Counts[^1], errors);
                return new InstanceReading(instanceId, snapshot, null, known.Server, imminent, left);
            }
        }

        return new InstanceReading(instanceId, null, "no known request-latency histogram (http, vLLM, SGLang, TGI) on its metrics page", null, imminent, left);
    }

    /// <summary>Cumulative counts per bound, summed over all other labels; the last count is that of +Inf.</summary>
    static (IReadOnlyList<double> Bounds, IReadOnlyList<long> Counts)? Histogram(IReadOnlyList<MetricSample> samples, string name)
    {
        var buckets = new SortedDictionary<double, long>();
        foreach (var sample in samples)
        {
            if (sample.Name != name || sample.Label("le") is not { } le)
                continue;
            var bound = le is "+Inf" ? double.PositiveInfinity
                : double.TryParse(le, System.Globalization.CultureInfo.InvariantCulture, out var parsed) ? parsed : double.NaN;
            if (!double.IsNaN(bound))
                buckets[bound] = buckets.GetValueOrDefault(bound) + (long)sample.Value;
        }

        return buckets.Count < 2 || !buckets.ContainsKey(double.PositiveInfinity)
            ? null
            : ([.. buckets.Keys.Where(double.IsFinite)], [.. buckets.Values]);
    }

    CancellationTokenSource Bounded(CancellationToken cancellationToken)
    {
        var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // the network runs on the wall's time, whatever the product's clock does
        bounded.CancelAfter(endpoints.Timeout);
        return bounded;
    }

    static string Fill(string template, FleetInstance instance) => template
        .Replace("{private_ip}", instance.PrivateIpAddress ?? "", StringComparison.Ordinal)
        .Replace("{instance_id}", instance.InstanceId, StringComparison.Ordinal);
}
