using System.Net;
using OptiInfra.Agents.Collectors;
using OptiInfra.Testing;

namespace OptiInfra.Agents.Tests.Collectors;

public sealed class InstanceMetricsTests
{
    static InstanceReading Read(string page) => InstanceMetrics.Read("i-1", Given.Now, PrometheusText.Parse(page));

    const string Http = """
        http_request_duration_seconds_bucket{handler="/a",le="0.1"} 90
        http_request_duration_seconds_bucket{handler="/a",le="0.5"} 99
        http_request_duration_seconds_bucket{handler="/a",le="+Inf"} 100
        http_request_duration_seconds_bucket{handler="/b",le="0.1"} 5
        http_request_duration_seconds_bucket{handler="/b",le="0.5"} 9
        http_request_duration_seconds_bucket{handler="/b",le="+Inf"} 10
        http_requests_total{code="200"} 103
        http_requests_total{code="404"} 4
        http_requests_total{code="503"} 3
        """;

    const string Vllm = """
        vllm:e2e_request_latency_seconds_bucket{engine="0",le="0.3"} 10.0
        vllm:e2e_request_latency_seconds_bucket{engine="0",le="+Inf"} 40.0
        vllm:request_success_total{engine="0",finished_reason="stop"} 35.0
        vllm:request_success_total{engine="0",finished_reason="abort"} 2.0
        vllm:request_success_total{engine="0",finished_reason="error"} 3.0
        """;

    [Fact]
    public void buckets_are_summed_over_their_other_labels_and_errors_are_the_servers_own()
    {
        var reading = Read(Http);

        Assert.Equal("http", reading.Server);
        Assert.Equal([0.1, 0.5], reading.Snapshot!.UpperBoundsSeconds);
        Assert.Equal([95L, 108, 110], reading.Snapshot.Buckets);
        Assert.Equal((110L, 3L, "i-1", Given.Now), (reading.Snapshot.Requests, reading.Snapshot.Errors, reading.Snapshot.InstanceId, reading.Snapshot.At));
    }

    [Fact]
    public void a_model_server_counts_before_its_http_front()
    {
        var reading = Read(Http + "\n" + Vllm);

        Assert.Equal(("vllm", 40L, 5L), (reading.Server, reading.Snapshot!.Requests, reading.Snapshot.Errors));
    }

    [Theory]
    // counters with _total and without, SGLang's name with a colon and with an underscore
    [InlineData("sglang", "sglang:e2e_request_latency_seconds", "sglang:num_aborted_requests_total 4")]
    [InlineData("sglang", "sglang_e2e_request_latency_seconds", "sglang_num_aborted_requests 4")]
    [InlineData("tgi", "tgi_request_duration", "tgi_request_failure{err=\"overloaded\"} 1\ntgi_request_failure{err=\"generation\"} 3")]
    [InlineData("vllm", "vllm:e2e_request_latency_seconds", "vllm:request_success{finished_reason=\"error\"} 4")]
    [InlineData("http", "http_request_duration_seconds", "http_requests_total{status=\"5xx\"} 4\nhttp_requests_total{status=\"2xx\"} 9")]
    public void known_servers_are_recognised_by_any_of_their_names(string server, string histogram, string errors)
    {
        var reading = Read($"{histogram}_bucket{{le=\"1.0\"}} 6\n{histogram}_bucket{{le=\"+Inf\"}} 9\n{errors}");

        Assert.Equal((server, 9L, 4L), (reading.Server, reading.Snapshot!.Requests, reading.Snapshot.Errors));
    }

    [Fact]
    public void a_failure_counter_that_appears_with_the_first_failure_is_zero_only_where_requests_are_counted()
    {
        const string Histogram = "tgi_request_duration_bucket{le=\"1\"} 6\ntgi_request_duration_bucket{le=\"+Inf\"} 9\n";

        Assert.Equal(0, Read(Histogram + "tgi_request_count 9").Snapshot!.Errors);
        Assert.Null(Read(Histogram).Snapshot);
    }

    [Theory]
    [InlineData("process_cpu_seconds_total 7", "no known request-latency histogram")]
    [InlineData("http_request_duration_seconds_bucket{le=\"1\"} 6\nhttp_request_duration_seconds_bucket{le=\"+Inf\"} 9", "no error counter")]
    [InlineData("http_request_duration_seconds_bucket{le=\"1\"} 6\nhttp_requests_total{code=\"500\"} 1", "no known request-latency histogram")]
    public void what_is_missing_is_said_and_nothing_is_assumed(string page, string problem)
    {
        var reading = Read(page);

        Assert.Null(reading.Snapshot);
        Assert.Contains(problem, reading.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void a_termination_notice_is_read_with_the_time_left()
    {
        var noticed = Read("aws_instance_termination_imminent{instance_action=\"terminate\"} 1\naws_instance_termination_in 94.5");

        Assert.Equal((true, TimeSpan.FromSeconds(94.5)), (noticed.TerminationImminent, noticed.TerminatesIn));
        Assert.Equal((false, null), Read("aws_instance_termination_imminent 0\naws_instance_termination_in 94.5") is var none ? (none.TerminationImminent, none.TerminatesIn) : default);
    }

    [Fact]
    public async Task pages_are_asked_for_at_the_urls_of_the_instance()
    {
        var (metrics, server) = Serving(request => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Http) });

        var reading = await metrics.ReadAsync(Given.Instance());
        var healthy = await metrics.IsHealthyAsync(Given.Instance());

        Assert.Equal(110, reading.Snapshot!.Requests);
        Assert.True(healthy);
        Assert.Equal(["http://10.0.0.1:9100/metrics", "http://box/i-1/health"], server.Asked);
    }

    [Fact]
    public async Task an_instance_that_does_not_answer_is_unreadable_and_unhealthy_with_the_reason()
    {
        var (failing, _) = Serving(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        var (silent, _) = Serving(_ => throw new HttpRequestException("connection refused"));
        var (babbling, _) = Serving(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<html>not metrics</html>") });

        Assert.Contains("503", (await failing.ReadAsync(Given.Instance())).Problem, StringComparison.Ordinal);
        Assert.Contains("connection refused", (await silent.ReadAsync(Given.Instance())).Problem, StringComparison.Ordinal);
        Assert.Contains("Line 1", (await babbling.ReadAsync(Given.Instance())).Problem, StringComparison.Ordinal);
        Assert.False(await failing.IsHealthyAsync(Given.Instance()));
        Assert.False(await silent.IsHealthyAsync(Given.Instance()));
    }

    [Fact]
    public async Task an_instance_without_an_address_is_unreadable_not_a_crash()
    {
        var metrics = new InstanceMetrics(new HttpClient(), new InstanceEndpoints(), new ManualTimeProvider());
        var nameless = Given.Instance() with { PrivateIpAddress = null };

        Assert.NotNull((await metrics.ReadAsync(nameless)).Problem);
        Assert.False(await metrics.IsHealthyAsync(nameless));
    }

    static (InstanceMetrics Metrics, Server Server) Serving(Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        var server = new Server(answer);
        return (new InstanceMetrics(new HttpClient(server), new InstanceEndpoints { HealthUrl = "http://box/{instance_id}/health" }, new ManualTimeProvider()), server);
    }

    sealed class Server(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!.ToString());
            return Task.FromResult(answer(request));
        }
    }
}
