using System.Globalization;
using OptiInfra.Aws.CloudWatch;
using OptiInfra.Aws.CloudWatch.Model;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.EC2.Model;
using OptiInfra.Testing;
using Metric = OptiInfra.Aws.CloudWatch.Model.Metric;

namespace OptiInfra.Aws.Tests.CloudSim;

/// <summary>Every call of the client against the cloud in a box, which its own engineer wrote from the same public documents.</summary>
public sealed class CloudSimTests(CloudSimProcess cloud) : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly AmazonEC2Client _ec2 = cloud.Ec2();

    public void Dispose() => _ec2.Dispose();

    [Fact]
    public async Task an_instance_lives_from_launch_through_stop_and_start_to_termination()
    {
        var request = Launch("m5.large", "us-east-1a", tags: [new Tag("Name", "a b&c"), new Tag("team", "ml")]);
        var launched = Assert.Single((await _ec2.RunInstancesAsync(request)).Reservation.Instances);
        Assert.Equal(("m5.large", "us-east-1a", request.ClientToken), (launched.InstanceType, launched.Placement!.AvailabilityZone, launched.ClientToken));
        Assert.Null(launched.InstanceLifecycle);
        var id = launched.InstanceId;

        await StateBecomesAsync(id, InstanceStateName.Running);
        var running = await DescribeAsync(id);
        Assert.Equal("a b&c", running.TagValue("Name"));
        Assert.Equal(DateTimeKind.Utc, running.LaunchTime!.Value.Kind);

        await _ec2.CreateTagsAsync(new CreateTagsRequest { Resources = [id], Tags = [new Tag("team", "platform"), new Tag("added", "")] });
        var tagged = await DescribeAsync(id);
        Assert.Equal(("platform", ""), (tagged.TagValue("team"), tagged.TagValue("added")));

        var stopping = Assert.Single((await _ec2.StopInstancesAsync(new StopInstancesRequest { InstanceIds = [id] })).StoppingInstances);
        Assert.Equal((id, InstanceStateName.Running), (stopping.InstanceId, stopping.PreviousState!.Name));
        await StateBecomesAsync(id, InstanceStateName.Stopped);
        var starting = Assert.Single((await _ec2.StartInstancesAsync(new StartInstancesRequest { InstanceIds = [id] })).StartingInstances);
        Assert.Equal(InstanceStateName.Stopped, starting.PreviousState!.Name);
        await StateBecomesAsync(id, InstanceStateName.Running);

        await TerminateAsync(id);
        await StateBecomesAsync(id, InstanceStateName.Terminated);
    }

    [Fact]
    public async Task a_spot_launch_says_so_and_shows_under_its_client_token()
    {
        var request = Launch("c5.xlarge", "us-east-1b", InstanceMarketOptionsRequest.OneTimeSpot);
        var id = Assert.Single((await _ec2.RunInstancesAsync(request)).Reservation.Instances).InstanceId;

        var found = await _ec2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [Filter.ClientToken(request.ClientToken!)] });

        var instance = Assert.Single(found.Reservations.SelectMany(r => r.Instances));
        Assert.Equal((id, InstanceLifecycleType.Spot), (instance.InstanceId, instance.InstanceLifecycle));
        Assert.NotNull(instance.SpotInstanceRequestId);
        await TerminateAsync(id);
    }

    [Fact]
    public async Task the_same_token_launches_once_and_with_other_parameters_is_refused()
    {
        var request = Launch("m5.large", "us-east-1a");
        var first = Assert.Single((await _ec2.RunInstancesAsync(request)).Reservation.Instances).InstanceId;
        var again = Assert.Single((await _ec2.RunInstancesAsync(request)).Reservation.Instances).InstanceId;
        Assert.Equal(first, again);

        var other = Launch("m5.xlarge", "us-east-1a", token: request.ClientToken);
        var error = await Assert.ThrowsAsync<AmazonEC2Exception>(() => _ec2.RunInstancesAsync(other));

        Assert.Equal(Ec2ErrorKind.IdempotencyMismatch, error.Kind);
        await TerminateAsync(first);
    }

    [Fact]
    public async Task a_launch_whose_answer_is_lost_is_asked_again_and_happens_once()
    {
        await cloud.FaultAsync(new { kind = "api-error", action = "RunInstances", loseResponse = true, calls = 1 });
        var request = Launch("r5.large", "us-east-1c");

        var id = Assert.Single((await _ec2.RunInstancesAsync(request)).Reservation.Instances).InstanceId;

        var found = await _ec2.DescribeInstancesAsync(new DescribeInstancesRequest { Filters = [Filter.ClientToken(request.ClientToken!)] });
        Assert.Equal(id, Assert.Single(found.Reservations.SelectMany(r => r.Instances)).InstanceId);
        await TerminateAsync(id);
    }

    [Fact]
    public async Task an_empty_pool_is_told_at_once_and_the_next_serves()
    {
        await cloud.FaultAsync(new { kind = "capacity", pool = new { instanceType = "p3.2xlarge", availabilityZone = "us-east-1a" } });
        var coolDown = new CapacityPoolCoolDown(TimeProvider.System);
        CapacityPool[] pools = [new(CapacityPool.Spot, "p3.2xlarge", "us-east-1a"), new(CapacityPool.Spot, "p3.2xlarge", "us-east-1b")];
        string? id = null;
        foreach (var pool in coolDown.Ready(pools))
        {
            try
            {
                var launch = Launch(pool.InstanceType, pool.AvailabilityZone, InstanceMarketOptionsRequest.OneTimeSpot);
                id = (await _ec2.RunInstancesAsync(launch)).Reservation.Instances[0].InstanceId;
                break;
            }
            catch (AmazonEC2Exception error) when (coolDown.TryExhausted(pool, error))
            {
                Assert.Equal("InsufficientInstanceCapacity", error.ErrorCode);
            }
        }

        Assert.Equal([pools[1]], coolDown.Ready(pools));
        await TerminateAsync(id!);
    }

    [Fact]
    public async Task instances_are_read_page_by_page()
    {
        var launch = Launch("m5.large", "us-east-1d", tags: [new Tag("paging", "test")], count: 12);
        var ids = (await _ec2.RunInstancesAsync(launch)).Reservation.Instances.Select(i => i.InstanceId).ToList();

        var read = new List<string>();
        await foreach (var instance in _ec2.EnumerateInstancesAsync(new DescribeInstancesRequest { MaxResults = 5, Filters = [Filter.ByTag("paging", "test")] }))
            read.Add(instance.InstanceId);

        Assert.Equal(ids.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
        await TerminateAsync([.. ids]);
    }

    [Fact]
    public async Task status_checks_pass_once_the_instance_is_up()
    {
        var id = (await _ec2.RunInstancesAsync(Launch("m5.large", "us-east-1a"))).Reservation.Instances[0].InstanceId;
        await Eventually.TrueAsync(
            async () =>
            {
                var page = await _ec2.DescribeInstanceStatusAsync(new DescribeInstanceStatusRequest { InstanceIds = [id], IncludeAllInstances = true });
                return page.InstanceStatuses is [{ Status.Status: SummaryStatus.Ok, SystemStatus.Status: SummaryStatus.Ok }];
            },
            Bound, "passing status checks");
        await TerminateAsync(id);
    }

    [Fact]
    public async Task an_unknown_id_and_a_wrong_key_are_told_apart()
    {
        var unknown = await Assert.ThrowsAsync<AmazonEC2Exception>(
            () => _ec2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = ["i-0123456789abcdef0"] }));
        Assert.Equal((Ec2ErrorKind.NotFound, "InvalidInstanceID.NotFound"), (unknown.Kind, unknown.ErrorCode));

        using var stranger = cloud.Ec2(secretKey: "wrong");
        var refused = await Assert.ThrowsAsync<AmazonEC2Exception>(() => stranger.DescribeInstancesAsync(new DescribeInstancesRequest()));
        Assert.Equal(Ec2ErrorKind.Authentication, refused.Kind);

        var nothing = await Assert.ThrowsAsync<AmazonEC2Exception>(
            () => _ec2.RunInstancesAsync(new RunInstancesRequest { InstanceType = "m5.enormous", ImageId = "ami-1", ClientToken = Token() }));
        Assert.Equal(Ec2ErrorKind.InvalidParameter, nothing.Kind);
    }

    [Fact]
    public async Task types_have_their_processors_memory_and_gpus()
    {
        var page = await _ec2.DescribeInstanceTypesAsync(new DescribeInstanceTypesRequest { InstanceTypes = ["m5.xlarge", "g4dn.xlarge", "t3.micro"] });

        var types = page.InstanceTypes.ToDictionary(t => t.InstanceType, StringComparer.Ordinal);
        Assert.Equal((4, 16_384L), (types["m5.xlarge"].VCpuInfo!.DefaultVCpus, types["m5.xlarge"].MemoryInfo!.SizeInMiB));
        Assert.Contains(ArchitectureValues.X86_64, types["m5.xlarge"].ProcessorInfo!.SupportedArchitectures);
        Assert.Contains(UsageClassType.Spot, types["m5.xlarge"].SupportedUsageClasses);
        Assert.Equal(1, Assert.Single(types["g4dn.xlarge"].GpuInfo!.Gpus).Count);
        Assert.Null(types["m5.xlarge"].GpuInfo);
        Assert.True(types["t3.micro"].BurstablePerformanceSupported);

        var all = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var type in _ec2.EnumerateInstanceTypesAsync(new DescribeInstanceTypesRequest { MaxResults = 100 }))
            Assert.True(all.Add(type.InstanceType), $"{type.InstanceType} came twice");
        Assert.True(all.Count > 100, $"{all.Count} types");
    }

    [Fact]
    public async Task spot_prices_are_change_points_with_the_one_before_the_start()
    {
        var now = (await _ec2.DescribeSpotPriceHistoryAsync(Prices(DateTime.UtcNow.AddDays(-1)))).SpotPriceHistory.Max(p => p.Timestamp!.Value);
        var prices = new List<SpotPrice>();
        await foreach (var price in _ec2.EnumerateSpotPricesAsync(Prices(now.AddDays(-7), maxResults: 50)))
            prices.Add(price);

        Assert.All(prices, p => Assert.True(decimal.Parse(p.Price, CultureInfo.InvariantCulture) > 0, p.Price));
        Assert.All(prices, p => Assert.Equal(("m5.xlarge", RIProductDescription.LinuxUnix), (p.InstanceType, p.ProductDescription)));
        Assert.All(prices.GroupBy(p => p.AvailabilityZone), zone => Assert.True(zone.Min(p => p.Timestamp) <= now.AddDays(-7), zone.Key));
        Assert.Equal(prices.Count, prices.DistinctBy(p => (p.AvailabilityZone, p.Timestamp)).Count());
    }

    [Fact]
    public async Task zones_have_ids_and_pools_have_scores()
    {
        var zones = (await _ec2.DescribeAvailabilityZonesAsync(new DescribeAvailabilityZonesRequest())).AvailabilityZones;
        Assert.All(zones, z => Assert.Equal((AvailabilityZoneState.Available, "us-east-1"), (z.State, z.RegionName)));
        Assert.Contains(zones, z => z is { ZoneName: "us-east-1a", ZoneId: not null });

        var scores = new List<SpotPlacementScore>();
        await foreach (var score in _ec2.EnumerateSpotPlacementScoresAsync(new GetSpotPlacementScoresRequest
        {
            InstanceTypes = ["m5.xlarge", "m5a.xlarge", "c5.xlarge"], TargetCapacity = 4, SingleAvailabilityZone = true, RegionNames = ["us-east-1"],
        }))
            scores.Add(score);

        Assert.NotEmpty(scores);
        Assert.All(scores, s => Assert.InRange(s.Score!.Value, 1, 10));
        Assert.Subset(zones.Select(z => z.ZoneId).ToHashSet(StringComparer.Ordinal), scores.Select(s => s.AvailabilityZoneId).ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public async Task cpu_metrics_come_for_a_running_instance()
    {
        var id = (await _ec2.RunInstancesAsync(Launch("m5.large", "us-east-1a"))).Reservation.Instances[0].InstanceId;
        using var cloudWatch = cloud.CloudWatch();
        IReadOnlyDictionary<string, MetricDataResult> series = new Dictionary<string, MetricDataResult>(StringComparer.Ordinal);
        await Eventually.TrueAsync(
            async () =>
            {
                var launchTime = (await DescribeAsync(id)).LaunchTime!.Value;
                series = await cloudWatch.ReadMetricDataAsync(new GetMetricDataRequest
                {
                    StartTime = launchTime.AddMinutes(-5),
                    EndTime = launchTime.AddHours(2),
                    MetricDataQueries = [Cpu("cpu", id), Cpu("none", "i-0123456789abcdef0")],
                });
                return series["cpu"].Values.Count > 0;
            },
            Bound, "a value of CPUUtilization");

        Assert.All(series["cpu"].Values, v => Assert.InRange(v, 0, 100));
        Assert.Equal(series["cpu"].Values.Count, series["cpu"].Timestamps.Count);
        Assert.Empty(series["none"].Values);
        await TerminateAsync(id);
    }

    private static MetricDataQuery Cpu(string id, string instanceId) => new()
    {
        Id = id,
        MetricStat = new MetricStat
        {
            Metric = new Metric { Namespace = "AWS/EC2", MetricName = "CPUUtilization", Dimensions = [new Dimension("InstanceId", instanceId)] },
            Period = 60,
            Stat = "Average",
        },
    };

    private static DescribeSpotPriceHistoryRequest Prices(DateTime from, int? maxResults = null) => new()
    {
        InstanceTypes = ["m5.xlarge"], ProductDescriptions = [RIProductDescription.LinuxUnix], StartTime = from, MaxResults = maxResults,
    };

    private static RunInstancesRequest Launch(
        string type, string zone, InstanceMarketOptionsRequest? market = null, IReadOnlyList<Tag>? tags = null, int count = 1, string? token = null) => new()
        {
            InstanceType = type,
            ImageId = "ami-0abcdef1234567890",
            Placement = new Placement { AvailabilityZone = zone },
            MinCount = count,
            MaxCount = count,
            ClientToken = token ?? Token(),
            InstanceMarketOptions = market,
            TagSpecifications = tags is null ? [] : [new TagSpecification(ResourceType.Instance, tags)],
        };

    private static string Token() => Guid.NewGuid().ToString();

    private async Task<Instance> DescribeAsync(string id)
    {
        var page = await _ec2.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = [id] });
        return Assert.Single(page.Reservations.SelectMany(r => r.Instances));
    }

    private Task StateBecomesAsync(string id, string state) =>
        Eventually.TrueAsync(async () => (await DescribeAsync(id)).State?.Name == state, Bound, $"{id} {state}");

    private async Task TerminateAsync(params IReadOnlyList<string> ids) =>
        await _ec2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = ids });
}
