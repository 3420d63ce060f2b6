using System.Text.Json;

namespace OptiInfra.CloudSim.Tests;

public sealed class ClientTokenTests
{
    [Fact]
    public async Task The_same_token_and_parameters_launch_once()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var first = await cloud.LaunchAsync(("ClientToken", "move-1"));
        cloud.Pass(100);
        var second = await cloud.LaunchAsync(("ClientToken", "move-1"));
        Assert.Equal(first, second);

        var found = await cloud.Ec2Async("DescribeInstances", ("Filter.1.Name", "client-token"), ("Filter.1.Value.1", "move-1"));
        Assert.Equal(first, found.Descendants("instanceId").Single().Value);
        var launches = await cloud.Http.GetStringAsync("/control/launches");
        using var log = JsonDocument.Parse(launches);
        Assert.Equal([false, true], log.RootElement.EnumerateArray().Select(launch => launch.GetProperty("repeated").GetBoolean()));
        Assert.All(log.RootElement.EnumerateArray(), launch => Assert.Equal(first, launch.GetProperty("instanceIds")[0].GetString()));
    }

    [Fact]
    public async Task The_same_token_with_other_parameters_is_a_mismatch()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.LaunchAsync(("ClientToken", "move-1"));
        Assert.Equal("IdempotentParameterMismatch", await cloud.RefusedAsync("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.large"), ("MinCount", "1"), ("MaxCount", "1"), ("ClientToken", "move-1")));
    }

    [Fact]
    public async Task The_same_token_in_another_zone_launches_a_second_instance()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var a = await cloud.LaunchAsync(("ClientToken", "move-1"), ("Placement.AvailabilityZone", "us-east-1a"));
        var b = await cloud.LaunchAsync(("ClientToken", "move-1"), ("Placement.AvailabilityZone", "us-east-1b"));
        var subnetOfA = await cloud.LaunchAsync(("ClientToken", "move-2"), ("SubnetId", "subnet-0a0000000000000a1"));
        Assert.Equal(3, new[] { a, b, subnetOfA }.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(a, await cloud.LaunchAsync(("ClientToken", "move-1"), ("Placement.AvailabilityZone", "us-east-1a")));
        Assert.Equal("us-east-1a", (await cloud.InstanceAsync(subnetOfA))!.Element("placement")!.Element("availabilityZone")!.Value);
    }

    [Fact]
    public async Task The_token_of_a_terminated_instance_launches_nothing()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync(("ClientToken", "move-1"));
        await cloud.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        cloud.Pass(60);
        Assert.Equal("IdempotentInstanceTerminated", await cloud.RefusedAsync(
            "RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.xlarge"), ("MinCount", "1"), ("MaxCount", "1"), ("InstanceMarketOptions.MarketType", "spot"), ("ClientToken", "move-1")));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public async Task A_token_has_at_most_64_characters(int length, bool accepted)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var (status, _) = await cloud.TryEc2Async("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.large"), ("MinCount", "1"), ("MaxCount", "1"), ("ClientToken", new string('t', length)));
        Assert.Equal(accepted, status == System.Net.HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_failed_launch_does_not_use_the_token_up()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.ControlAsync("faults", new { kind = "capacity", pool = new { instanceType = "m5.xlarge" }, calls = 1 });
        Assert.Equal("InsufficientInstanceCapacity", await cloud.RefusedAsync(
            "RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.xlarge"), ("MinCount", "1"), ("MaxCount", "1"), ("ClientToken", "t"), ("Placement.AvailabilityZone", "us-east-1a")));
        Assert.StartsWith("i-", await cloud.LaunchAsync(("ClientToken", "t"), ("Placement.AvailabilityZone", "us-east-1a")));
    }

    [Fact]
    public async Task One_call_may_launch_several()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var body = await cloud.Ec2Async("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.large"), ("MinCount", "2"), ("MaxCount", "4"));
        Assert.Equal(4, body.Descendants("instanceId").Select(id => id.Value).Distinct(StringComparer.Ordinal).Count());
    }
}
