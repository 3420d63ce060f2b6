using System.Globalization;
using System.Text;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Workloads;

/// <summary>The Prometheus text page (format 0.0.4) of one instance.</summary>
public static class MetricsPage
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string Model = "model_name=\"demo-llm\",engine=\"0\"";
    private const int MaxRunningRequests = 64;

    /// <summary>Writes the page as of the instant; the counters must have been brought up to it.</summary>
    public static string Render(Instance instance, DateTimeOffset now)
    {
        var counters = instance.Counters ?? throw new InvalidOperationException("The instance has no counters yet.");
        var page = new StringBuilder(12_000);
        WriteHistogram(page, "http_request_duration_seconds", "Time to answer a request.", string.Empty, counters.Http);
        Family(page, "http_requests_total", "counter", "Requests answered, by status code.");
        Sample(page, "http_requests_total", "code=\"200\"", counters.Succeeded);
        Sample(page, "http_requests_total", "code=\"500\"", counters.Failed);
        if (instance.Type.Accelerated)
        {
            WriteServing(page, counters);
        }

        WriteNotice(page, instance, now);
        return page.ToString();
    }

    private static void WriteServing(StringBuilder page, RequestCounters counters)
    {
        WriteHistogram(page, "vllm:e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.", Model, counters.EndToEnd);
        WriteHistogram(page, "vllm:time_to_first_token_seconds", "Histogram of time to first token in seconds.", Model, counters.FirstToken);
        Family(page, "vllm:request_success_total", "counter", "Count of successfully processed requests.");
        Sample(page, "vllm:request_success_total", Model + ",finished_reason=\"stop\"", counters.Succeeded - counters.StoppedByLength);
        Sample(page, "vllm:request_success_total", Model + ",finished_reason=\"length\"", counters.StoppedByLength);
        Sample(page, "vllm:request_success_total", Model + ",finished_reason=\"abort\"", 0);
        Sample(page, "vllm:request_success_total", Model + ",finished_reason=\"error\"", counters.Failed);
        Family(page, "vllm:prompt_tokens_total", "counter", "Number of prefill tokens processed.");
        Sample(page, "vllm:prompt_tokens_total", Model, counters.PromptTokens);
        Family(page, "vllm:generation_tokens_total", "counter", "Number of generation tokens processed.");
        Sample(page, "vllm:generation_tokens_total", Model, counters.GenerationTokens);

        var inFlight = Math.Round(counters.InFlight);
        Family(page, "vllm:num_requests_running", "gauge", "Number of requests in model execution batches.");
        Sample(page, "vllm:num_requests_running", Model, Math.Min(inFlight, MaxRunningRequests));
        Family(page, "vllm:num_requests_waiting", "gauge", "Number of requests waiting to be processed.");
        Sample(page, "vllm:num_requests_waiting", Model, Math.Max(0, inFlight - MaxRunningRequests));
        Family(page, "vllm:kv_cache_usage_perc", "gauge", "KV-cache usage. 1 means 100 percent usage.");
        Sample(page, "vllm:kv_cache_usage_perc", Model, Math.Round(Math.Min(1, counters.InFlight / (1.25 * MaxRunningRequests)), 4));
    }

    /// <summary>The names of the public spot-termination-exporter.</summary>
    private static void WriteNotice(StringBuilder page, Instance instance, DateTimeOffset now)
    {
        var imminent = instance.Notice is { } notice && notice.GivenAt <= now;
        var label = "instance_action=\"terminate\",instance_id=\"" + instance.Id + "\"";
        Family(page, "aws_instance_termination_imminent", "gauge", "Instance is about to be terminated.");
        Sample(page, "aws_instance_termination_imminent", label, imminent ? 1 : 0);
        if (imminent)
        {
            Family(page, "aws_instance_termination_in", "gauge", "Instance will be terminated in (seconds).");
            Sample(page, "aws_instance_termination_in", "instance_id=\"" + instance.Id + "\"", Math.Max(0, Math.Round((instance.Notice!.TerminatesAt - now).TotalSeconds, 3)));
        }
    }

    private static void WriteHistogram(StringBuilder page, string name, string help, string labels, Histogram histogram)
    {
        Family(page, name, "histogram", help);
        var edge = 0;
        var prefix = labels.Length == 0 ? string.Empty : labels + ",";
        foreach (var count in histogram.Cumulative())
        {
            var le = edge < histogram.Edges.Count ? Number(histogram.Edges[edge]) : "+Inf";
            Sample(page, name + "_bucket", prefix + "le=\"" + le + "\"", count);
            edge++;
        }

        Sample(page, name + "_sum", labels, histogram.Sum);
        Sample(page, name + "_count", labels, histogram.Count);
    }

    private static void Family(StringBuilder page, string name, string type, string help) =>
        page.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Sample(StringBuilder page, string name, string labels, double value)
    {
        page.Append(name);
        if (labels.Length > 0)
        {
            page.Append('{').Append(labels).Append('}');
        }

        page.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
