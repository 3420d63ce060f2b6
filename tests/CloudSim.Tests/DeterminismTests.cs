using System.Text;

namespace OptiInfra.CloudSim.Tests;

public sealed class DeterminismTests
{
    [Fact]
    public async Task Two_runs_with_one_seed_and_the_same_calls_agree_byte_for_byte()
    {
        Assert.Equal(await RunAsync(seed: 7, chatty: false), await RunAsync(seed: 7, chatty: false));
        Assert.NotEqual(await RunAsync(seed: 7, chatty: false), await RunAsync(seed: 8, chatty: false));
    }

    [Fact]
    public async Task Looking_more_often_changes_nothing_that_is_seen() =>
        Assert.Equal(await RunAsync(seed: 7, chatty: false), await RunAsync(seed: 7, chatty: true));

    private static async Task<string> RunAsync(long seed, bool chatty)
    {
        await using var cloud = await BoxedCloud.StartAsync(new() { FleetFile = BoxedCloud.DemoFleet, Seed = seed });
        var transcript = new StringBuilder();
        async Task Say(string service, string action, string version, params (string, string)[] parameters) =>
            transcript.AppendLine((await cloud.SendAsync(service, action, version, parameters)).Body);

        Task SayEc2(string action, params (string, string)[] parameters) => Say("ec2", action, "2016-11-15", parameters);

        async Task Wait(int seconds)
        {
            for (var passed = 0; passed < seconds; passed += 10)
            {
                cloud.Pass(10);
                if (chatty)
                {
                    await cloud.MetricsAsync("i-0d3a90c0ffee000001");
                    await cloud.Http.GetStringAsync("/control/state");
                    await cloud.Ec2Async("DescribeSpotPriceHistory", ("InstanceType.1", "c5.2xlarge"));
                }
            }
        }

        await SayEc2("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.xlarge"), ("MinCount", "2"), ("MaxCount", "2"), ("InstanceMarketOptions.MarketType", "spot"), ("ClientToken", "t"));
        await SayEc2("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "g5.xlarge"), ("MinCount", "1"), ("MaxCount", "1"));
        await Wait(300);
        await cloud.ControlAsync("degrade", new { instances = new { instanceType = "m5.*" }, latencyFactor = 1.3, errorRate = 0.01 });
        await Wait(300);
        await SayEc2("DescribeInstances");
        await SayEc2("DescribeSpotPriceHistory", ("InstanceType.1", "m5.xlarge"));
        await SayEc2("GetSpotPlacementScores", ("TargetCapacity", "1"), ("InstanceType.1", "m5.xlarge"), ("InstanceType.2", "m5a.xlarge"), ("InstanceType.3", "m6i.xlarge"));
        await Say("monitoring", "GetMetricData", "2010-08-01", CloudWatchTests.Query(cloud, "i-0d3a90c0ffee000002", "AWS/EC2", "CPUUtilization", "p95", 3600));
        transcript.AppendLine(await cloud.Http.GetStringAsync("/instances/i-0d3a90c0ffee000001/metrics"));
        transcript.AppendLine(await cloud.Http.GetStringAsync("/instances/i-0d3a90c0ffee000008/metrics"));
        return transcript.ToString();
    }
}
