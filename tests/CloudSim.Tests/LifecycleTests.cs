using System.Net;

namespace OptiInfra.CloudSim.Tests;

public sealed class LifecycleTests
{
    [Fact]
    public async Task An_instance_boots_warms_up_shuts_down_and_is_forgotten_after_an_hour()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync();
        Assert.Equal("pending", await cloud.StateAsync(id));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await cloud.StatusOfAsync($"/instances/{id}/metrics"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await cloud.StatusOfAsync($"/instances/{id}/health"));

        cloud.Pass(37);
        Assert.Equal("running", await cloud.StateAsync(id));
        Assert.Equal(HttpStatusCode.OK, await cloud.StatusOfAsync($"/instances/{id}/metrics"));
        cloud.Pass(20);
        Assert.Equal(HttpStatusCode.OK, await cloud.StatusOfAsync($"/instances/{id}/health"));

        var first = await cloud.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        Assert.Equal("shutting-down", first.Descendants("currentState").Single().Element("name")!.Value);
        Assert.Equal("running", first.Descendants("previousState").Single().Element("name")!.Value);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await cloud.StatusOfAsync($"/instances/{id}/metrics"));
        cloud.Pass(30);
        var again = await cloud.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        Assert.Equal("terminated", again.Descendants("currentState").Single().Element("name")!.Value);
        var gone = await cloud.InstanceAsync(id);
        Assert.Equal("Client.UserInitiatedShutdown", gone!.Element("stateReason")!.Element("code")!.Value);

        cloud.Pass(3600);
        Assert.Null(await cloud.InstanceAsync(id));
        Assert.Equal(HttpStatusCode.NotFound, await cloud.StatusOfAsync($"/instances/{id}/metrics"));
        Assert.Equal("InvalidInstanceID.NotFound", await cloud.RefusedAsync("TerminateInstances", ("InstanceId.1", id)));
    }

    [Fact]
    public async Task A_stopped_instance_starts_again_with_a_new_launch_time()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        const string Id = "i-0d3a90c0ffee000001";
        var before = (await cloud.InstanceAsync(Id))!.Element("launchTime")!.Value;
        Assert.Equal("2025-02-11T08:14:05.000Z", before);

        await cloud.Ec2Async("StopInstances", ("InstanceId.1", Id));
        Assert.Equal("stopping", await cloud.StateAsync(Id));
        cloud.Pass(30);
        Assert.Equal("stopped", await cloud.StateAsync(Id));
        await cloud.Ec2Async("StartInstances", ("InstanceId.1", Id));
        Assert.Equal("pending", await cloud.StateAsync(Id));
        cloud.Pass(60);
        Assert.Equal("running", await cloud.StateAsync(Id));
        Assert.Equal(BoxedCloud.Time(cloud.Wall.GetUtcNow() - TimeSpan.FromSeconds(60)), (await cloud.InstanceAsync(Id))!.Element("launchTime")!.Value);
    }

    [Fact]
    public async Task One_time_spot_instances_cannot_be_stopped_and_terminated_ones_not_started()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync();
        Assert.Equal("UnsupportedOperation", await cloud.RefusedAsync("StopInstances", ("InstanceId.1", id)));
        await cloud.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        Assert.Equal("IncorrectInstanceState", await cloud.RefusedAsync("StartInstances", ("InstanceId.1", id)));
    }

    [Fact]
    public async Task Status_checks_begin_as_initializing_and_end_as_ok()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync();
        Assert.Empty((await cloud.Ec2Async("DescribeInstanceStatus", ("InstanceId.1", id))).Descendants("item"));
        Assert.Equal("not-applicable", await StatusAsync(cloud, id));
        cloud.Pass(37);
        Assert.Equal("initializing", await StatusAsync(cloud, id));
        cloud.Pass(60);
        Assert.Equal("ok", await StatusAsync(cloud, id));
    }

    [Fact]
    public async Task Tags_can_be_set_listed_and_taken_off()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        const string Id = "i-0d3a90c0ffee000001";
        await cloud.Ec2Async("CreateTags", ("ResourceId.1", Id), ("Tag.1.Key", "stage"), ("Tag.1.Value", "canary"));
        var tags = await cloud.Ec2Async("DescribeTags", ("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", Id), ("Filter.2.Name", "key"), ("Filter.2.Value.1", "stage"));
        Assert.Equal("canary", tags.Descendants("value").Single().Value);
        Assert.Single((await cloud.Ec2Async("DescribeInstances", ("Filter.1.Name", "tag:stage"), ("Filter.1.Value.1", "can*"))).Descendants("instanceId"));
        await cloud.Ec2Async("DeleteTags", ("ResourceId.1", Id), ("Tag.1.Key", "stage"));
        Assert.Empty((await cloud.Ec2Async("DescribeInstances", ("Filter.1.Name", "tag-key"), ("Filter.1.Value.1", "stage"))).Descendants("instanceId"));
        Assert.Equal("InvalidInstanceID.NotFound", await cloud.RefusedAsync("CreateTags", ("ResourceId.1", "i-0123456789abcdef0"), ("Tag.1.Key", "a"), ("Tag.1.Value", "b")));
    }

    [Fact]
    public async Task A_dry_run_launches_nothing()
    {
        await using var cloud = await BoxedCloud.StartAsync(new() { FleetFile = null });
        Assert.Equal("DryRunOperation", await cloud.RefusedAsync("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.large"), ("MinCount", "1"), ("MaxCount", "1"), ("DryRun", "true")));
        Assert.Empty((await cloud.Ec2Async("DescribeInstances")).Descendants("instanceId"));
    }

    private static async Task<string> StatusAsync(BoxedCloud cloud, string id) =>
        (await cloud.Ec2Async("DescribeInstanceStatus", ("InstanceId.1", id), ("IncludeAllInstances", "true"))).Descendants("instanceStatus").Single().Element("status")!.Value;
}
