namespace OptiInfra.CloudSim.Workloads;

/// <summary>Histogram edges in seconds.</summary>
public static class LatencyEdges
{
    /// <summary>2 ms to about 40 s, each edge a tenth above the last: interpolating a percentile inside one errs by well under 2 %.</summary>
    public static IReadOnlyList<double> Http { get; } =
        [.. Enumerable.Range(0, 105).Select(step => Math.Round(0.002 * Math.Pow(1.1, step), 6))];

    /// <summary>vLLM's edges of vllm:e2e_request_latency_seconds (vllm/v1/metrics/loggers.py).</summary>
    public static IReadOnlyList<double> VllmEndToEnd { get; } =
        [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

    /// <summary>vLLM's edges of vllm:time_to_first_token_seconds (vllm/v1/metrics/loggers.py).</summary>
    public static IReadOnlyList<double> VllmFirstToken { get; } =
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560];
}
