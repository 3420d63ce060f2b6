namespace OptiInfra.CloudSim.Tests;

public sealed class MetricsPageTests
{
    private const string Ranker = "i-0d3a90c0ffee000001";
    private const string ChatModel = "i-0d3a90c0ffee000008";

    [Theory]
    [InlineData(Ranker, 0.140)]
    [InlineData("i-0d3a90c0ffee000005", 0.095)]
    [InlineData("i-0d3a90c0ffee000006", 0.060)]
    [InlineData(ChatModel, 2.4)]
    public async Task Five_minutes_hold_3000_requests_and_the_stated_p95(string id, double p95)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        cloud.Pass(300);
        var page = await cloud.MetricsAsync(id);
        Assert.True(page.Requests >= 3000, $"{page.Requests} requests");
        Assert.InRange(page.P95Since(null) / p95, 0.97, 1.03);
        Assert.InRange(page.Errors / page.Requests, 0.0045, 0.0055);
        Assert.Equal(page.Requests, page["http_request_duration_seconds_count"]);
    }

    [Fact]
    public async Task A_degraded_instance_shows_it_and_its_neighbour_does_not()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        cloud.Pass(300);
        var before = await cloud.MetricsAsync(Ranker);
        var neighbourBefore = await cloud.MetricsAsync("i-0d3a90c0ffee000002");
        await cloud.ControlAsync("degrade", new { instances = new { instanceIds = new[] { Ranker } }, latencyFactor = 1.5, errorRate = 0.03 });
        cloud.Pass(300);
        var after = await cloud.MetricsAsync(Ranker);
        var neighbourAfter = await cloud.MetricsAsync("i-0d3a90c0ffee000002");
        Assert.InRange(after.P95Since(before) / before.P95Since(null), 1.44, 1.56);
        Assert.InRange((after.Errors - before.Errors) / (after.Requests - before.Requests), 0.033, 0.037);
        Assert.InRange(neighbourAfter.P95Since(neighbourBefore) / neighbourBefore.P95Since(null), 0.97, 1.03);
    }

    [Fact]
    public async Task Only_what_is_launched_from_now_on_can_be_degraded()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var before = await cloud.LaunchAsync(("ClientToken", "a"));
        cloud.Pass(5);
        await cloud.ControlAsync("degrade", new { instances = new { lifecycle = "spot", launchedFromNow = true }, latencyFactor = 2 });
        var after = await cloud.LaunchAsync(("ClientToken", "b"));
        cloud.Pass(500);
        var ratio = (await cloud.MetricsAsync(after)).P95Since(null) / (await cloud.MetricsAsync(before)).P95Since(null);
        Assert.InRange(ratio, 1.9, 2.1);
    }

    [Fact]
    public async Task A_replacement_takes_over_the_workload_through_the_serving_tag()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var replacement = await cloud.LaunchAsync(
            ("InstanceType", "m5a.xlarge"),
            ("TagSpecification.1.ResourceType", "instance"),
            ("TagSpecification.1.Tag.1.Key", "optiinfra:replaces"),
            ("TagSpecification.1.Tag.1.Value", Ranker),
            ("TagSpecification.1.Tag.2.Key", "optiinfra:serving"),
            ("TagSpecification.1.Tag.2.Value", "false"));
        cloud.Pass(100);
        Assert.Equal(0, (await cloud.MetricsAsync(replacement)).Requests);

        // both serve: half each
        await TagAsync(cloud, replacement, "true");
        var (oldBefore, newBefore) = (await cloud.MetricsAsync(Ranker), await cloud.MetricsAsync(replacement));
        cloud.Pass(300);
        var (oldAfter, newAfter) = (await cloud.MetricsAsync(Ranker), await cloud.MetricsAsync(replacement));
        Assert.InRange((newAfter.Requests - newBefore.Requests) / (oldAfter.Requests - oldBefore.Requests), 0.9, 1.1);
        Assert.InRange((newAfter.Requests - newBefore.Requests + oldAfter.Requests - oldBefore.Requests) / 300, 22, 26);
        Assert.InRange(newAfter.P95Since(newBefore) / 0.140, 0.96, 1.04);

        // the old one steps back: all of it goes to the replacement
        await TagAsync(cloud, Ranker, "false");
        cloud.Pass(5);
        (oldBefore, newBefore) = (await cloud.MetricsAsync(Ranker), await cloud.MetricsAsync(replacement));
        cloud.Pass(300);
        (oldAfter, newAfter) = (await cloud.MetricsAsync(Ranker), await cloud.MetricsAsync(replacement));
        Assert.Equal(oldBefore.Requests, oldAfter.Requests);
        Assert.InRange((newAfter.Requests - newBefore.Requests) / 300, 22, 26);

        // and back again
        await TagAsync(cloud, replacement, "false");
        await TagAsync(cloud, Ranker, "true");
        cloud.Pass(300);
        Assert.True((await cloud.MetricsAsync(Ranker)).Requests > oldAfter.Requests + 6000);
    }

    [Fact]
    public async Task A_model_server_speaks_vLLMs_names_and_buckets()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        cloud.Pass(300);
        var page = await cloud.MetricsAsync(ChatModel);
        Assert.Equal(
            [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680, double.PositiveInfinity],
            page.Edges("vllm:e2e_request_latency_seconds"));
        Assert.Equal(page.Requests, page["vllm:e2e_request_latency_seconds_count{model_name=\"demo-llm\",engine=\"0\"}"]);
        Assert.Equal(page.Requests, page["vllm:time_to_first_token_seconds_count{model_name=\"demo-llm\",engine=\"0\"}"]);
        var finished = new[] { "stop", "length", "abort", "error" }.Sum(reason => page[$"vllm:request_success_total{{model_name=\"demo-llm\",engine=\"0\",finished_reason=\"{reason}\"}}"]);
        Assert.Equal(page.Requests, finished);
        Assert.InRange(page["vllm:kv_cache_usage_perc{model_name=\"demo-llm\",engine=\"0\"}"], 0.01, 1);
        Assert.True(page["vllm:num_requests_running{model_name=\"demo-llm\",engine=\"0\"}"] > 0);
        Assert.False((await cloud.MetricsAsync(Ranker)).Has("vllm:num_requests_running{model_name=\"demo-llm\",engine=\"0\"}"));
    }

    private static async Task TagAsync(BoxedCloud cloud, string id, string serving) =>
        await cloud.Ec2Async("CreateTags", ("ResourceId.1", id), ("Tag.1.Key", "optiinfra:serving"), ("Tag.1.Value", serving));
}
