using OptiInfra.Agents.Clouds;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Agents.Tests.Clouds;

/// <summary>The adapter on the wire of the cloud in a box.</summary>
public sealed class AwsCloudTests(CloudSimFixture box)
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    AwsCloud Cloud => box.Cloud;

    async Task<List<FleetInstance>> FleetAsync(FleetSelector selector)
    {
        var fleet = new List<FleetInstance>();
        await foreach (var instance in Cloud.DescribeFleetAsync(selector))
            fleet.Add(instance);
        return fleet;
    }

    async Task<FleetInstance> ModelAsync() => (await FleetAsync(new FleetSelector { Tags = new Dictionary<string, string> { ["Name"] = "search-ranker-1" } }))[0];

    static LaunchRequest Launch(FleetInstance model, CapacityPool pool, string? token = null) =>
        new(model, pool, pool.AvailabilityZone == model.AvailabilityZone ? model.SubnetId : null, token ?? Guid.NewGuid().ToString("N"),
            new Dictionary<string, string> { [FleetTags.Replaces] = model.InstanceId, ["test"] = token ?? "launch" });

    [Fact]
    public async Task the_selector_decides_which_instances_are_the_fleet()
    {
        var all = await FleetAsync(new FleetSelector());
        var search = await FleetAsync(new FleetSelector { Tags = new Dictionary<string, string> { ["team"] = "search" } });
        var two = await FleetAsync(new FleetSelector { InstanceIds = ["i-0d3a90c0ffee000001", "i-0d3a90c0ffee000002", "i-404"] });

        Assert.Equal(10, all.Count(i => i.InstanceId.StartsWith("i-0d3a90c0ffee", StringComparison.Ordinal)));
        Assert.NotEmpty(search);
        Assert.All(search, i => Assert.Equal("search", i.Tag("team")));
        // an id that does not exist is left out and fails nothing
        Assert.Equal(["i-0d3a90c0ffee000001", "i-0d3a90c0ffee000002"], two.Select(i => i.InstanceId).Order(StringComparer.Ordinal));
        Assert.Contains(all, i => i.CapacityType is CapacityType.Spot);
    }

    [Fact]
    public async Task ids_that_the_cloud_does_not_know_are_left_out()
    {
        Assert.Equal("i-0d3a90c0ffee000001", Assert.Single(await Cloud.DescribeAsync(["i-404", "i-0d3a90c0ffee000001"])).InstanceId);
        Assert.Empty(await Cloud.PassingStatusChecksAsync(["i-0123456789abcdef0"]));
        Assert.False(await Cloud.TagAsync("i-0123456789abcdef0", "a", "b"));
        await Cloud.TerminateAsync("i-0123456789abcdef0");
    }

    [Fact]
    public async Task a_type_is_known_by_its_facts()
    {
        var types = await Cloud.DescribeInstanceTypesAsync(["m5.xlarge", "t3.medium", "x9.imaginary"]);

        Assert.Equal(new InstanceTypeFacts("m5.xlarge", "x86_64", 4, 16384, 0, false), types.Single(t => t.InstanceType == "m5.xlarge"));
        Assert.True(types.Single(t => t.InstanceType == "t3.medium").Burstable);
        Assert.Equal(2, types.Count);
        Assert.True((await Cloud.DescribeInstanceTypesAsync([])).Count > 20);
    }

    [Fact]
    public async Task spot_prices_begin_with_the_one_in_force_at_the_start()
    {
        var to = DateTimeOffset.UtcNow;
        var points = new List<SpotPricePoint>();
        await foreach (var point in Cloud.SpotPricesAsync(["m5.xlarge"], to.AddDays(-2), to))
            points.Add(point);

        Assert.True(points.Select(p => p.AvailabilityZone).Distinct().Count() >= 3);
        Assert.All(points.GroupBy(p => p.AvailabilityZone), zone => Assert.True(zone.Min(p => p.At) <= to.AddDays(-2)));
        Assert.All(points, p => Assert.InRange(p.HourlyUsd, 0.01m, 0.192m));
    }

    [Fact]
    public async Task placement_scores_come_by_the_zones_names()
    {
        var scores = await Cloud.PlacementScoresAsync(["m5.xlarge", "m5a.xlarge", "m6i.xlarge"], 4);
        var zones = await Cloud.AvailabilityZonesAsync();

        Assert.NotEmpty(scores);
        Assert.All(scores, s => Assert.InRange(s.Value, 1, 10));
        Assert.All(scores.Keys, zone => Assert.Contains(zone, zones));
    }

    [Fact]
    public async Task a_launch_takes_after_its_model_and_the_same_token_launches_nothing_twice()
    {
        var model = await ModelAsync();
        var request = Launch(model, Given.Pool(zone: "us-east-1b"), "once-" + Guid.NewGuid().ToString("N"));

        var first = Assert.IsType<LaunchResult.Launched>(await Cloud.LaunchAsync(request));
        var second = Assert.IsType<LaunchResult.Launched>(await Cloud.LaunchAsync(request));

        Assert.Equal(first, second);
        var launched = Assert.Single(await Cloud.FindByClientTokenAsync(request.ClientToken));
        Assert.Equal((CapacityType.Spot, "m5.xlarge", "us-east-1b", model.ImageId), (launched.CapacityType, launched.InstanceType, launched.AvailabilityZone, launched.ImageId));
        Assert.Equal(request.Tags.OrderBy(t => t.Key), launched.Tags.OrderBy(t => t.Key));
        Assert.Single(await Cloud.FindByTagAsync("test", request.ClientToken));

        await Eventually.TrueAsync(async () => (await Cloud.PassingStatusChecksAsync([first.InstanceId])).Count == 1, Bound, "the replacement to pass its checks");
        Assert.True(await Cloud.TagAsync(first.InstanceId, FleetTags.Serving, "true"));
        Assert.Equal("true", Assert.Single(await Cloud.DescribeAsync([first.InstanceId])).Tag(FleetTags.Serving));

        await Cloud.TerminateAsync(first.InstanceId);
        await Cloud.TerminateAsync(first.InstanceId);
        Assert.IsType<LaunchResult.AlreadyTerminated>(await Cloud.LaunchAsync(request));
    }

    [Fact]
    public async Task an_empty_pool_is_left_alone_for_a_while()
    {
        var pool = Given.Pool("c5.2xlarge", "us-east-1c");
        await box.Program.FaultAsync(new { kind = "capacity", pool = new { lifecycle = "spot", instanceType = pool.InstanceType, availabilityZone = pool.AvailabilityZone } });
        Assert.False(Cloud.IsCoolingDown(pool));

        var result = Assert.IsType<LaunchResult.NoCapacity>(await Cloud.LaunchAsync(Launch(await ModelAsync(), pool)));

        Assert.Equal("InsufficientInstanceCapacity", result.Code);
        Assert.True(Cloud.IsCoolingDown(pool));
        Assert.False(Cloud.IsCoolingDown(pool with { AvailabilityZone = "us-east-1b" }));
    }

    [Fact]
    public async Task a_quota_and_a_refusal_are_told_apart_from_a_lack_of_capacity()
    {
        await box.Program.FaultAsync(new { kind = "api-error", action = "RunInstances", code = "MaxSpotInstanceCountExceeded", status = 400, message = "limit", calls = 1 });
        Assert.Equal("MaxSpotInstanceCountExceeded", Assert.IsType<LaunchResult.QuotaReached>(await Cloud.LaunchAsync(Launch(await ModelAsync(), Given.Pool()))).Code);

        Assert.IsType<LaunchResult.Refused>(await Cloud.LaunchAsync(Launch(await ModelAsync(), Given.Pool("x9.imaginary"))));
    }

    [Fact]
    public async Task an_answer_that_is_lost_leaves_one_instance()
    {
        var request = Launch(await ModelAsync(), Given.Pool("r5.large", "us-east-1a"), "lost-" + Guid.NewGuid().ToString("N"));
        await box.Program.FaultAsync(new { kind = "api-error", action = "RunInstances", loseResponse = true, calls = 1 });

        var launched = Assert.IsType<LaunchResult.Launched>(await Cloud.LaunchAsync(request));

        Assert.Equal(launched.InstanceId, Assert.Single(await Cloud.FindByTagAsync("test", request.ClientToken)).InstanceId);
        await Cloud.TerminateAsync(launched.InstanceId);
    }

    [Fact]
    public async Task a_termination_that_is_refused_says_so()
    {
        var launched = Assert.IsType<LaunchResult.Launched>(await Cloud.LaunchAsync(Launch(await ModelAsync(), Given.Pool("r5.large", "us-east-1b"))));
        await box.Program.FaultAsync(new { kind = "refuse-termination", instances = new { instanceIds = new[] { launched.InstanceId } } });

        var refused = await Assert.ThrowsAsync<CloudRefusedException>(() => Cloud.TerminateAsync(launched.InstanceId));

        Assert.Equal("OperationNotPermitted", refused.Code);
        Assert.Contains(launched.InstanceId, refused.Message, StringComparison.Ordinal);
    }
}
