using System.Net;

namespace OptiInfra.CloudSim.Tests;

public sealed class InterruptionTests
{
    [Fact]
    public async Task A_notice_shows_for_two_minutes_then_the_instance_is_taken_away()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync();
        cloud.Pass(100);
        var imminent = $"aws_instance_termination_imminent{{instance_action=\"terminate\",instance_id=\"{id}\"}}";
        var remaining = $"aws_instance_termination_in{{instance_id=\"{id}\"}}";
        Assert.Equal(0, (await cloud.MetricsAsync(id))[imminent]);

        await cloud.ControlAsync("interruptions", new { instances = new { instanceIds = new[] { id } } });
        cloud.Pass(30);
        var page = await cloud.MetricsAsync(id);
        Assert.Equal(1, page[imminent]);
        Assert.Equal(90, page[remaining]);
        Assert.Equal("running", await cloud.StateAsync(id));

        cloud.Pass(90);
        Assert.Equal("shutting-down", await cloud.StateAsync(id));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await cloud.StatusOfAsync($"/instances/{id}/metrics"));
        cloud.Pass(30);
        Assert.Equal("Server.SpotInstanceTermination", (await cloud.InstanceAsync(id))!.Element("stateReason")!.Element("code")!.Value);
    }

    [Fact]
    public async Task All_spot_instances_can_be_interrupted_at_a_planned_time_whoever_looks_when()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.ControlAsync("interruptions", new { instances = new { lifecycle = "spot" }, afterSeconds = 300, noticeSeconds = 60 });
        var early = await cloud.LaunchAsync();
        cloud.Pass(1000);
        // nothing asked in between: the interruption still happened at its own time, and hits nobody launched after it
        Assert.Equal("terminated", await cloud.StateAsync(early));
        Assert.Equal("terminated", await cloud.StateAsync("i-0d3a90c0ffee000003"));
        Assert.Equal("running", await cloud.StateAsync("i-0d3a90c0ffee000001"));
        var late = await cloud.LaunchAsync(("ClientToken", "late"));
        cloud.Pass(1000);
        Assert.Equal("running", await cloud.StateAsync(late));
    }

    [Fact]
    public async Task A_scenario_plans_faults_and_draws_interruptions_from_the_seed()
    {
        var scenario = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(scenario, """
                {
                  "faults": [ { "kind": "capacity", "pool": { "instanceType": "c5.*" }, "afterSeconds": 10 } ],
                  "randomInterruptions": { "perInstanceHour": 5 },
                  "bootSeconds": 5, "warmupSeconds": 1
                }
                """);
            var first = await EndsAsync(scenario, seed: 3);
            Assert.Equal(first, await EndsAsync(scenario, seed: 3));
            Assert.NotEqual(first, await EndsAsync(scenario, seed: 4));
            Assert.Contains("terminated", first, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(scenario);
        }
    }

    private static async Task<string> EndsAsync(string scenario, long seed)
    {
        await using var cloud = await BoxedCloud.StartAsync(new() { FleetFile = BoxedCloud.DemoFleet, ScenarioFile = scenario, Seed = seed });
        cloud.Pass(10);
        Assert.Equal("InsufficientInstanceCapacity", await cloud.RefusedAsync("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "c5.large"), ("MinCount", "1"), ("MaxCount", "1")));
        await cloud.Ec2Async("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.large"), ("MinCount", "20"), ("MaxCount", "20"), ("InstanceMarketOptions.MarketType", "spot"));
        cloud.Pass(600);
        var body = await cloud.Ec2Async("DescribeInstances", ("Filter.1.Name", "instance-lifecycle"), ("Filter.1.Value.1", "spot"));
        return string.Join(' ', body.Descendants("instanceState").Select(state => state.Element("name")!.Value));
    }
}
