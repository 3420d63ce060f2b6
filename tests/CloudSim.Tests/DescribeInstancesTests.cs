namespace OptiInfra.CloudSim.Tests;

public sealed class DescribeInstancesTests
{
    [Theory]
    [InlineData("instance-type", "m5.*", 3)]
    [InlineData("instance-type", "M5.*", 0)]
    [InlineData("instance-type", "?5.*large", 7)]
    [InlineData("availability-zone", "us-east-1a", 4)]
    [InlineData("instance-lifecycle", "spot", 1)]
    [InlineData("instance-state-name", "running", 10)]
    [InlineData("instance-state-name", "stopped", 0)]
    [InlineData("tag:team", "recsys", 4)]
    [InlineData("tag-key", "optiinfra:commitment", 1)]
    [InlineData("tag:optiinfra:workload", "state*", 9)]
    [InlineData("client-token", "nobody", 0)]
    public async Task A_filter_keeps_what_matches(string name, string pattern, int expected)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var body = await cloud.Ec2Async("DescribeInstances", ("Filter.1.Name", name), ("Filter.1.Value.1", pattern));
        Assert.Equal(expected, body.Descendants("instanceId").Count());
    }

    [Fact]
    public async Task Filters_are_joined_by_and_their_values_by_or()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var body = await cloud.Ec2Async(
            "DescribeInstances",
            ("Filter.1.Name", "instance-type"),
            ("Filter.1.Value.1", "m5.xlarge"),
            ("Filter.1.Value.2", "t3.large"),
            ("Filter.2.Name", "availability-zone"),
            ("Filter.2.Value.1", "us-east-1c"));
        Assert.Equal(["i-0d3a90c0ffee000003", "i-0d3a90c0ffee00000a"], body.Descendants("instanceId").Select(id => id.Value));
    }

    [Fact]
    public async Task Pages_add_up_to_the_whole()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        await cloud.Ec2Async("RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.large"), ("MinCount", "13"), ("MaxCount", "13"));
        var ids = new List<string>();
        string? token = null;
        var pages = 0;
        do
        {
            var body = await cloud.Ec2Async("DescribeInstances", [("MaxResults", "5"), .. token is null ? [] : new[] { ("NextToken", token) }]);
            ids.AddRange(body.Descendants("instanceId").Select(id => id.Value));
            token = body.Element("nextToken")?.Value;
            pages++;
        }
        while (token is not null);
        Assert.Equal(5, pages);
        Assert.Equal(23, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(23, ids.Count);
    }

    [Theory]
    [InlineData("InvalidParameterCombination", "MaxResults", "5", "InstanceId.1", "i-0d3a90c0ffee000001")]
    [InlineData("InvalidParameterValue", "MaxResults", "4", "Version", "2016-11-15")]
    [InlineData("InvalidInstanceID.NotFound", "InstanceId.1", "i-0123456789abcdef0", "Version", "2016-11-15")]
    [InlineData("InvalidInstanceID.Malformed", "InstanceId.1", "foobar", "Version", "2016-11-15")]
    [InlineData("InvalidParameterValue", "Filter.1.Name", "colour", "Filter.1.Value.1", "blue")]
    [InlineData("InvalidNextToken", "NextToken", "nonsense!", "MaxResults", "5")]
    public async Task What_AWS_refuses_is_refused(string code, string name, string value, string otherName, string otherValue)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        Assert.Equal(code, await cloud.RefusedAsync("DescribeInstances", (name, value), (otherName, otherValue)));
    }

    [Fact]
    public async Task An_unknown_action_is_refused_in_EC2s_error_shape()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var (status, body) = await cloud.TryEc2Async("LaunchRockets");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, status);
        Assert.Equal("Response", body.Name.LocalName);
        Assert.Equal("InvalidAction", body.Element("Errors")!.Element("Error")!.Element("Code")!.Value);
        Assert.Equal(36, body.Element("RequestID")!.Value.Length);
    }

    [Fact]
    public async Task Types_are_described_with_their_processors_memory_and_gpus()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var body = await cloud.Ec2Async("DescribeInstanceTypes", ("InstanceType.1", "g4dn.xlarge"), ("InstanceType.2", "t4g.large"));
        var gpu = body.Descendants("item").Single(item => item.Element("instanceType")?.Value == "g4dn.xlarge");
        Assert.Equal("4", gpu.Element("vCpuInfo")!.Element("defaultVCpus")!.Value);
        Assert.Equal("16384", gpu.Element("memoryInfo")!.Element("sizeInMiB")!.Value);
        Assert.Equal("T4", gpu.Element("gpuInfo")!.Element("gpus")!.Element("item")!.Element("name")!.Value);
        var arm = body.Descendants("item").Single(item => item.Element("instanceType")?.Value == "t4g.large");
        Assert.Equal("arm64", arm.Element("processorInfo")!.Element("supportedArchitectures")!.Element("item")!.Value);
        Assert.Equal("true", arm.Element("burstablePerformanceSupported")!.Value);
        Assert.Equal("InvalidInstanceType", await cloud.RefusedAsync("DescribeInstanceTypes", ("InstanceType.1", "m99.huge")));
    }

    [Fact]
    public async Task All_types_come_in_pages()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var first = await cloud.Ec2Async("DescribeInstanceTypes");
        var second = await cloud.Ec2Async("DescribeInstanceTypes", ("NextToken", first.Element("nextToken")!.Value));
        Assert.Null(second.Element("nextToken"));
        Assert.Equal(Catalogue.InstanceCatalogue.All.Count, first.Descendants("instanceType").Concat(second.Descendants("instanceType")).Select(type => type.Value).Distinct(StringComparer.Ordinal).Count());
    }
}
