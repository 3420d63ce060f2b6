using System.Globalization;
using System.Runtime.CompilerServices;
using OptiInfra.Aws;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.EC2.Model;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;
using CapacityPool = OptiInfra.Contracts.CapacityPool;

namespace OptiInfra.Agents.Clouds;

/// <summary>Amazon EC2, or whatever answers its protocol at the configured endpoint.</summary>
public sealed class AwsCloud(IAmazonEC2 ec2, CapacityPoolCoolDown coolDown, string region) : ICloud
{
    // fewer ids and types than any limit of a request
    const int Batch = 100;
    static readonly string[] LinuxProducts = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"];
    static readonly string[] NotTerminated = ["pending", "running", "stopping", "stopped", "shutting-down"];

    public string Region => region;

    public async IAsyncEnumerable<FleetInstance> DescribeFleetAsync(FleetSelector selector, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<Filter> filters = [Filter.InState(NotTerminated), .. selector.Tags.Select(t => Filter.ByTag(t.Key, t.Value))];
        if (selector.InstanceIds.Count == 0)
        {
            await foreach (var instance in ec2.EnumerateInstancesAsync(new DescribeInstancesRequest { Filters = filters, MaxResults = 1000 }, cancellationToken).ConfigureAwait(false))
                yield return ToFleet(instance);
            yield break;
        }

        foreach (var ids in selector.InstanceIds.Chunk(Batch))
        {
            // by filter, not by id: one id too many would fail the whole call
            var request = new DescribeInstancesRequest { Filters = [new Filter("instance-id", ids), .. filters], MaxResults = 1000 };
            await foreach (var instance in ec2.EnumerateInstancesAsync(request, cancellationToken).ConfigureAwait(false))
                yield return ToFleet(instance);
        }
    }

    public async Task<IReadOnlyList<FleetInstance>> DescribeAsync(IReadOnlyCollection<string> instanceIds, CancellationToken cancellationToken = default)
    {
        var found = new List<FleetInstance>();
        // by filter, not by id: an id that is not visible yet would fail the whole call
        foreach (var ids in instanceIds.Chunk(Batch))
            found.AddRange(await FindAsync(new Filter("instance-id", ids), cancellationToken).ConfigureAwait(false));
        return found;
    }

    public Task<IReadOnlyList<FleetInstance>> FindByClientTokenAsync(string clientToken, CancellationToken cancellationToken = default) =>
        FindAsync(Filter.ClientToken(clientToken), cancellationToken);

    public Task<IReadOnlyList<FleetInstance>> FindByTagAsync(string key, string value, CancellationToken cancellationToken = default) =>
        FindAsync(Filter.ByTag(key, value), cancellationToken);

    public async Task<IReadOnlyList<InstanceTypeFacts>> DescribeInstanceTypesAsync(IReadOnlyCollection<string> instanceTypes, CancellationToken cancellationToken = default)
    {
        var facts = new List<InstanceTypeFacts>();
        IEnumerable<string[]> batches = instanceTypes.Count == 0 ? [[]] : instanceTypes.Chunk(Batch);
        foreach (var batch in batches)
        {
            // a type that the region does not have fails a request by name; by filter it is just not there
            var request = batch.Length == 0
                ? new DescribeInstanceTypesRequest { MaxResults = 100 }
                : new DescribeInstanceTypesRequest { Filters = [new Filter("instance-type", batch)], MaxResults = 100 };
            await foreach (var type in ec2.EnumerateInstanceTypesAsync(request, cancellationToken).ConfigureAwait(false))
            {
                facts.Add(new InstanceTypeFacts(
                    type.InstanceType,
                    type.ProcessorInfo?.SupportedArchitectures.FirstOrDefault(a => a is "x86_64" or "arm64") ?? "unknown",
                    type.VCpuInfo?.DefaultVCpus ?? 0,
                    type.MemoryInfo?.SizeInMiB ?? 0,
                    type.GpuInfo?.Gpus.Sum(g => g.Count ?? 0) ?? 0,
                    type.BurstablePerformanceSupported ?? false));
            }
        }

        return facts;
    }

    public async IAsyncEnumerable<SpotPricePoint> SpotPricesAsync(
        IReadOnlyCollection<string> instanceTypes, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var types in instanceTypes.Chunk(Batch))
        {
            var request = new DescribeSpotPriceHistoryRequest
            {
                InstanceTypes = types,
                ProductDescriptions = LinuxProducts,
                StartTime = from.UtcDateTime,
                EndTime = to.UtcDateTime,
                MaxResults = 1000,
            };
            await foreach (var price in ec2.EnumerateSpotPricesAsync(request, cancellationToken).ConfigureAwait(false))
            {
                if (price.AvailabilityZone is { } zone && price.Timestamp is { } at && decimal.TryParse(price.Price, NumberStyles.Number, CultureInfo.InvariantCulture, out var usd))
                    yield return new SpotPricePoint(price.InstanceType, zone, usd, new DateTimeOffset(at.ToUniversalTime()));
            }
        }
    }

    public async Task<IReadOnlyDictionary<string, int>> PlacementScoresAsync(IReadOnlyCollection<string> instanceTypes, int instances, CancellationToken cancellationToken = default)
    {
        var zones = (await ec2.DescribeAvailabilityZonesAsync(new DescribeAvailabilityZonesRequest(), cancellationToken).ConfigureAwait(false))
            .AvailabilityZones.Where(z => z.ZoneId is not null && z.ZoneName is not null).ToDictionary(z => z.ZoneId!, z => z.ZoneName!, StringComparer.Ordinal);
        var request = new GetSpotPlacementScoresRequest
        {
            InstanceTypes = [.. instanceTypes],
            TargetCapacity = instances,
            SingleAvailabilityZone = true,
            RegionNames = [region],
        };
        var scores = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (var score in ec2.EnumerateSpotPlacementScoresAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (score.AvailabilityZoneId is { } id && zones.TryGetValue(id, out var zone) && score.Score is { } value)
                scores[zone] = value;
        }

        return scores;
    }

    public async Task<IReadOnlyList<string>> AvailabilityZonesAsync(CancellationToken cancellationToken = default) =>
        [.. (await ec2.DescribeAvailabilityZonesAsync(new DescribeAvailabilityZonesRequest(), cancellationToken).ConfigureAwait(false)).AvailabilityZones.Select(z => z.ZoneName).OfType<string>()];

    public async Task<IReadOnlySet<string>> PassingStatusChecksAsync(IReadOnlyCollection<string> instanceIds, CancellationToken cancellationToken = default)
    {
        var passing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var ids in instanceIds.Chunk(Batch))
        {
            try
            {
                await foreach (var status in ec2.EnumerateInstanceStatusesAsync(new DescribeInstanceStatusRequest { InstanceIds = ids }, cancellationToken).ConfigureAwait(false))
                {
                    if (status is { InstanceState.Name: "running", Status.Status: "ok", SystemStatus.Status: "ok" })
                        passing.Add(status.InstanceId);
                }
            }
            catch (AmazonEC2Exception e) when (e.Kind is Ec2ErrorKind.NotFound)
            {
                // not visible yet is not passing yet
            }
        }

        return passing;
    }

    public async Task<LaunchResult> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken = default)
    {
        var model = await ModelAsync(request.Model.InstanceId, cancellationToken).ConfigureAwait(false);
        var pool = ToAws(request.Pool);
        var sameZone = request.Pool.AvailabilityZone == request.Model.AvailabilityZone;
        var subnet = sameZone ? request.SubnetId ?? request.Model.SubnetId : request.SubnetId;
        var run = new RunInstancesRequest
        {
            ImageId = model?.ImageId ?? request.Model.ImageId,
            InstanceType = request.Pool.InstanceType,
            MinCount = 1,
            MaxCount = 1,
            ClientToken = request.ClientToken,
            InstanceMarketOptions = request.Pool.CapacityType is CapacityType.Spot ? InstanceMarketOptionsRequest.OneTimeSpot : null,
            Placement = new Placement { AvailabilityZone = request.Pool.AvailabilityZone, Tenancy = model?.Placement?.Tenancy },
            SubnetId = subnet,
            SecurityGroupIds = [.. (model?.SecurityGroups ?? []).Select(g => g.GroupId).OfType<string>()],
            KeyName = model?.KeyName,
            IamInstanceProfile = model?.IamInstanceProfile?.Arn is { } arn ? new IamInstanceProfileSpecification { Arn = arn } : null,
            EbsOptimized = model?.EbsOptimized,
            TagSpecifications = [OfInstance(request.Tags)],
        };
        return await RunAsync(run, pool, cancellationToken).ConfigureAwait(false);
    }

    public Task<LaunchResult> LaunchAsync(TrainerLaunch request, CancellationToken cancellationToken = default)
    {
        var needs = request.Needs;
        var run = new RunInstancesRequest
        {
            ImageId = needs.ImageId,
            InstanceType = request.Pool.InstanceType,
            MinCount = 1,
            MaxCount = 1,
            ClientToken = request.ClientToken,
            InstanceMarketOptions = request.Pool.CapacityType is CapacityType.Spot ? InstanceMarketOptionsRequest.OneTimeSpot : null,
            Placement = new Placement { AvailabilityZone = request.Pool.AvailabilityZone },
            SubnetId = needs.Subnets.GetValueOrDefault(request.Pool.AvailabilityZone),
            SecurityGroupIds = needs.SecurityGroupIds,
            KeyName = needs.KeyName,
            UserData = request.UserData,
            IamInstanceProfile = needs.InstanceProfile switch
            {
                null => null,
                var arn when arn.StartsWith("arn:", StringComparison.Ordinal) => new IamInstanceProfileSpecification { Arn = arn },
                var name => new IamInstanceProfileSpecification { Name = name },
            },
            TagSpecifications = [OfInstance(request.Tags)],
        };
        return RunAsync(run, ToAws(request.Pool), cancellationToken);
    }

    static TagSpecification OfInstance(IReadOnlyDictionary<string, string> tags) =>
        new("instance", [.. tags.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => new Tag(t.Key, t.Value))]);

    async Task<LaunchResult> RunAsync(RunInstancesRequest run, Aws.CapacityPool pool, CancellationToken cancellationToken)
    {
        try
        {
            var response = await ec2.RunInstancesAsync(run, cancellationToken).ConfigureAwait(false);
            return new LaunchResult.Launched(response.Reservation.Instances[0].InstanceId);
        }
        catch (AmazonEC2Exception e) when (e.Kind is not (Ec2ErrorKind.Throttling or Ec2ErrorKind.Server))
        {
            coolDown.TryExhausted(pool, e);
            return e.Kind switch
            {
                Ec2ErrorKind.Capacity => new LaunchResult.NoCapacity(e.ErrorCode, e.Message),
                Ec2ErrorKind.Quota => new LaunchResult.QuotaReached(e.ErrorCode, e.Message),
                Ec2ErrorKind.IdempotentInstanceTerminated => new LaunchResult.AlreadyTerminated(e.Message),
                Ec2ErrorKind.IdempotencyMismatch => await RecoverAsync(run.ClientToken!, e, cancellationToken).ConfigureAwait(false),
                _ => new LaunchResult.Refused(e.ErrorCode, e.Message),
            };
        }
    }

    public async Task TerminateAsync(string instanceId, CancellationToken cancellationToken = default)
    {
        try
        {
            await ec2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [instanceId] }, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception e) when (e.Kind is Ec2ErrorKind.NotFound)
        {
            // gone is what was wanted
        }
        catch (AmazonEC2Exception e) when (e.Kind is Ec2ErrorKind.InvalidParameter or Ec2ErrorKind.Authentication or Ec2ErrorKind.Other)
        {
            throw new CloudRefusedException(e.ErrorCode, $"{instanceId} cannot be terminated: {e.Message}", e);
        }
    }

    public async Task<bool> TagAsync(string instanceId, string key, string value, CancellationToken cancellationToken = default)
    {
        try
        {
            await ec2.CreateTagsAsync(new CreateTagsRequest { Resources = [instanceId], Tags = [new Tag(key, value)] }, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (AmazonEC2Exception e) when (e.Kind is Ec2ErrorKind.NotFound)
        {
            return false;
        }
    }

    public bool IsCoolingDown(CapacityPool pool) => coolDown.CoolingUntil(ToAws(pool)) is not null;

    async Task<IReadOnlyList<FleetInstance>> FindAsync(Filter filter, CancellationToken cancellationToken)
    {
        var found = new List<FleetInstance>();
        await foreach (var instance in ec2.EnumerateInstancesAsync(new DescribeInstancesRequest { Filters = [filter], MaxResults = 1000 }, cancellationToken).ConfigureAwait(false))
            found.Add(ToFleet(instance));
        return found;
    }

    async Task<Instance?> ModelAsync(string instanceId, CancellationToken cancellationToken)
    {
        await foreach (var instance in ec2.EnumerateInstancesAsync(new DescribeInstancesRequest { Filters = [new Filter("instance-id", [instanceId])], MaxResults = 5 }, cancellationToken).ConfigureAwait(false))
            return instance;
        return null;
    }

    /// <summary>The model changed between two tries (a tag, a group): what the token launched first is what was meant.</summary>
    async Task<LaunchResult> RecoverAsync(string clientToken, AmazonEC2Exception mismatch, CancellationToken cancellationToken)
    {
        var launched = await FindByClientTokenAsync(clientToken, cancellationToken).ConfigureAwait(false);
        return launched.Count switch
        {
            0 => new LaunchResult.Refused(mismatch.ErrorCode, mismatch.Message),
            _ when launched[0].State is "shutting-down" or "terminated" => new LaunchResult.AlreadyTerminated(mismatch.Message),
            _ => new LaunchResult.Launched(launched[0].InstanceId),
        };
    }

    /// <summary>The instance in the product's words.</summary>
    public static FleetInstance ToFleet(Instance instance) => new(
        instance.InstanceId,
        instance.InstanceType,
        instance.Placement?.AvailabilityZone ?? "",
        instance.InstanceLifecycle is "spot" ? CapacityType.Spot : CapacityType.OnDemand,
        instance.State?.Name ?? "unknown",
        instance.ImageId,
        instance.SubnetId,
        instance.PrivateIpAddress,
        instance.LaunchTime is { } launched ? new DateTimeOffset(launched.ToUniversalTime()) : default,
        instance.Tags.ToDictionary(t => t.Key, t => t.Value ?? "", StringComparer.Ordinal));

    static Aws.CapacityPool ToAws(CapacityPool pool) =>
        new(pool.CapacityType is CapacityType.Spot ? Aws.CapacityPool.Spot : Aws.CapacityPool.OnDemand, pool.InstanceType, pool.AvailabilityZone);
}
