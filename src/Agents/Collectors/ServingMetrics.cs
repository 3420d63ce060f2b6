namespace OptiInfra.Agents.Collectors;

/// <summary>
/// Where a server keeps its end-to-end request latency and its errors. Names as the servers register them
/// (vLLM v1/metrics/loggers.py, SGLang metrics_collector.py, TGI router/src/server.rs); counters may carry <c>_total</c> on the wire.
/// </summary>
sealed record ServingMetrics(string Server, IReadOnlyList<string> Latency, Func<IReadOnlyList<MetricSample>, long?> Errors)
{
    /// <summary>
    /// In the order in which they are looked for: model servers before plain HTTP, since a model server's HTTP histogram also counts
    /// health checks and the scrapes of its own metrics page.
    /// </summary>
    public static IReadOnlyList<ServingMetrics> Known { get; } =
    [
        new("vllm", ["vllm:e2e_request_latency_seconds", "vllm_e2e_request_latency_seconds"],
            static s => Count(s, ["vllm:request_success", "vllm_request_success"], x => x.Label("finished_reason") is "error" or "abort")),
        new("sglang", ["sglang:e2e_request_latency_seconds", "sglang_e2e_request_latency_seconds"],
            static s => Count(s, ["sglang:num_aborted_requests", "sglang_num_aborted_requests"], _ => true)
                ?? NoneYet(s, ["sglang:num_requests", "sglang_num_requests"])),
        new("tgi", ["tgi_request_duration"], static s => Count(s, ["tgi_request_failure"], _ => true) ?? NoneYet(s, ["tgi_request_count"])),
        new("http", ["http_request_duration_seconds"], static s => HttpErrors(s)),
    ];

    /// <summary>
    /// These servers register their labelled failure counter with the first failure: no errors where the counter of all requests is
    /// there, unknown where that is missing too.
    /// </summary>
    static long? NoneYet(IReadOnlyList<MetricSample> samples, string[] requests) => Count(samples, requests, _ => true) is null ? null : 0;

    static long? HttpErrors(IReadOnlyList<MetricSample> samples) =>
        Count(samples, ["http_requests", "http_request_duration_seconds_count"], x => (x.Label("code") ?? x.Label("status") ?? x.Label("status_code"))?.StartsWith('5') ?? false);

    /// <summary>The sum over the first of the names that the page has; null when it has none of them.</summary>
    static long? Count(IReadOnlyList<MetricSample> samples, string[] names, Func<MetricSample, bool> counts)
    {
        foreach (var name in names)
        {
            var found = samples.Where(s => s.Name == name || s.Name == name + "_total").ToList();
            if (found.Count > 0)
                return (long)found.Where(counts).Sum(s => s.Value);
        }

        return null;
    }
}
