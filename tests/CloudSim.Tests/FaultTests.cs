using System.Net;
using System.Net.Http.Json;

namespace OptiInfra.CloudSim.Tests;

public sealed class FaultTests
{
    private static readonly (string, string)[] SpotInA =
    [
        ("ImageId", "ami-1"), ("InstanceType", "m5.xlarge"), ("MinCount", "1"), ("MaxCount", "1"),
        ("InstanceMarketOptions.MarketType", "spot"), ("Placement.AvailabilityZone", "us-east-1a"),
    ];

    [Fact]
    public async Task A_pool_can_run_out_of_capacity_for_some_calls()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.ControlAsync("faults", new { kind = "capacity", pool = new { lifecycle = "spot", instanceType = "m5.*", availabilityZone = "us-east-1a" }, calls = 2 });
        var (status, body) = await cloud.TryEc2Async("RunInstances", SpotInA);
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal("InsufficientInstanceCapacity", body.Descendants("Code").Single().Value);
        await cloud.LaunchAsync(("Placement.AvailabilityZone", "us-east-1b"));
        await cloud.LaunchAsync(("Placement.AvailabilityZone", "us-east-1a"), ("InstanceMarketOptions.MarketType", string.Empty));
        Assert.Equal("InsufficientInstanceCapacity", await cloud.RefusedAsync("RunInstances", SpotInA));
        await cloud.LaunchAsync(("Placement.AvailabilityZone", "us-east-1a"));
    }

    [Fact]
    public async Task A_pool_can_run_out_of_capacity_for_a_while()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.ControlAsync("faults", new { kind = "capacity", pool = new { availabilityZone = "us-east-1a" }, afterSeconds = 60, forSeconds = 300 });
        await cloud.LaunchAsync(("Placement.AvailabilityZone", "us-east-1a"));
        cloud.Pass(60);
        Assert.Equal("InsufficientInstanceCapacity", await cloud.RefusedAsync("RunInstances", SpotInA));
        var elsewhere = await cloud.LaunchAsync();
        Assert.NotEqual("us-east-1a", (await cloud.InstanceAsync(elsewhere))!.Element("placement")!.Element("availabilityZone")!.Value);
        cloud.Pass(300);
        await cloud.LaunchAsync(("Placement.AvailabilityZone", "us-east-1a"));
    }

    [Fact]
    public async Task Throttling_follows_the_buckets_of_RunInstances()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.ControlAsync("throttling", new { enabled = true });
        for (var call = 0; call < 5; call++)
        {
            await cloud.LaunchAsync();
        }

        var (status, body) = await cloud.TryEc2Async("RunInstances", SpotInA);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("RequestLimitExceeded", body.Descendants("Code").Single().Value);
        cloud.Pass(1);
        await cloud.LaunchAsync();
        await cloud.LaunchAsync();
        Assert.Equal("RequestLimitExceeded", await cloud.RefusedAsync("RunInstances", SpotInA));
    }

    [Fact]
    public async Task An_instance_may_never_become_healthy()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.ControlAsync("faults", new { kind = "boot", pool = new { lifecycle = "spot" }, neverHealthy = true, calls = 1 });
        var sick = await cloud.LaunchAsync();
        var well = await cloud.LaunchAsync();
        cloud.Pass(600);
        Assert.Equal("running", await cloud.StateAsync(sick));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await cloud.StatusOfAsync($"/instances/{sick}/health"));
        Assert.Equal(HttpStatusCode.OK, await cloud.StatusOfAsync($"/instances/{well}/health"));
        var status = await cloud.Ec2Async("DescribeInstanceStatus", ("Filter.1.Name", "instance-status.status"), ("Filter.1.Value.1", "impaired"));
        Assert.Equal(sick, status.Descendants("instanceId").Single().Value);
        Assert.Equal(0, (await cloud.MetricsAsync(sick)).Requests);
    }

    [Fact]
    public async Task A_boot_can_be_slow_and_a_new_instance_unseen_at_first()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.ControlAsync("faults", new { kind = "boot", bootSeconds = 400, hiddenSeconds = 10 });
        var id = await cloud.LaunchAsync();
        Assert.Null(await cloud.InstanceAsync(id));
        cloud.Pass(10);
        Assert.Equal("pending", await cloud.StateAsync(id));
        cloud.Pass(389);
        Assert.Equal("pending", await cloud.StateAsync(id));
        cloud.Pass(1);
        Assert.Equal("running", await cloud.StateAsync(id));
    }

    [Fact]
    public async Task A_refused_termination_spares_its_zone_only()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var a = await cloud.LaunchAsync(("Placement.AvailabilityZone", "us-east-1a"));
        var alsoA = await cloud.LaunchAsync(("Placement.AvailabilityZone", "us-east-1a"), ("ClientToken", "second"));
        var b = await cloud.LaunchAsync(("Placement.AvailabilityZone", "us-east-1b"));
        await cloud.ControlAsync("faults", new { kind = "refuse-termination", instances = new { instanceIds = new[] { a } }, calls = 1 });
        Assert.Equal("OperationNotPermitted", await cloud.RefusedAsync("TerminateInstances", ("InstanceId.1", a), ("InstanceId.2", alsoA), ("InstanceId.3", b)));
        Assert.Equal("pending pending shutting-down", $"{await cloud.StateAsync(a)} {await cloud.StateAsync(alsoA)} {await cloud.StateAsync(b)}");
        await cloud.Ec2Async("TerminateInstances", ("InstanceId.1", a));
    }

    [Fact]
    public async Task A_call_may_take_effect_and_lose_its_answer()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.ControlAsync("faults", new { kind = "api-error", action = "RunInstances", loseResponse = true, calls = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(() => cloud.TryEc2Async("RunInstances", [.. SpotInA, ("ClientToken", "t")]));
        var found = await cloud.Ec2Async("DescribeInstances", ("Filter.1.Name", "client-token"), ("Filter.1.Value.1", "t"));
        Assert.Equal(found.Descendants("instanceId").Single().Value, await cloud.LaunchAsync(("ClientToken", "t"), ("Placement.AvailabilityZone", "us-east-1a")));
    }

    [Fact]
    public async Task A_fault_can_be_taken_back()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var placed = await cloud.ControlAsync("faults", new { kind = "api-error", action = "Describe*", code = "Unavailable", status = 503 });
        Assert.Equal("Unavailable", await cloud.RefusedAsync("DescribeInstances"));
        using var deleted = await cloud.Http.DeleteAsync("/control/faults/" + placed.GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await cloud.Ec2Async("DescribeInstances");
    }

    [Theory]
    [InlineData("faults", """{"kind":"meteor"}""")]
    [InlineData("faults", """{"kind":"capacity","pol":{}}""")]
    [InlineData("faults", """{"kind":"placement-score","score":11}""")]
    [InlineData("degrade", """{"latencyFactor":0}""")]
    [InlineData("degrade", """{"errorRate":1.5}""")]
    [InlineData("interruptions", """{"instances":{"instanceIds":["i-0d3a90c0ffee000001"]}}""")]
    [InlineData("interruptions", """{"instances":{"instanceIds":["i-nobody"]}}""")]
    [InlineData("clock/advance", """{"seconds":-1}""")]
    [InlineData("faults", "not json")]
    public async Task A_wrong_control_request_is_refused_with_a_reason(string path, string json)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = await cloud.Http.PostAsync("/control/" + path, content);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = await response.Content.ReadFromJsonAsync<Dictionary<string, string>>();
        Assert.NotEmpty(error!["error"]);
        Assert.DoesNotContain("   at ", error["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_brings_the_first_moment_back()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var before = await cloud.Http.GetStringAsync("/control/state");
        await cloud.LaunchAsync();
        await cloud.ControlAsync("degrade", new { latencyFactor = 2 });
        await cloud.ControlAsync("clock/advance", new { seconds = 500 });
        Assert.NotEqual(before, await cloud.Http.GetStringAsync("/control/state"));
        await cloud.ControlAsync("reset", new { });
        Assert.Equal(before, await cloud.Http.GetStringAsync("/control/state"));
    }
}
