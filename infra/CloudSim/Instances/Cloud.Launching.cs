using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Draws;
using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Workloads;

namespace OptiInfra.CloudSim.Instances;

/// <summary>RunInstances: client tokens, capacity, price, boot.</summary>
public sealed partial class Cloud
{
    private const string RegionalScope = "regional";

    private readonly List<LaunchRecord> _launches = [];
    private readonly Dictionary<(string Token, string Scope), (string Fingerprint, List<Instance> Instances)> _tokens = [];

    /// <summary>Every RunInstances call, in order.</summary>
    public IReadOnlyList<LaunchRecord> Launches => _launches;

    /// <summary>Launches, or finds what the client token launched before. Throws <see cref="CloudRefusalException"/>.</summary>
    public IReadOnlyList<Instance> Launch(LaunchRequest request, DateTimeOffset now)
    {
        // EC2 keeps a token per zone where the request names one, and per region otherwise
        var scope = request.Zone ?? RegionalScope;
        try
        {
            if (request.ClientToken is { } token && _tokens.TryGetValue((token, scope), out var before))
            {
                var again = Repeat(request, before.Fingerprint, before.Instances, now);
                Log(request, scope, again, repeated: true, error: null, now);
                return again;
            }

            if (request.DryRun)
            {
                throw new CloudRefusalException("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.");
            }

            var zone = PickZone(request, now);
            var instances = Create(request, zone, scope, now);
            if (request.ClientToken is not null)
            {
                _tokens[(request.ClientToken, scope)] = (request.Fingerprint, instances);
            }

            Log(request, scope, instances, repeated: false, error: null, now);
            return instances;
        }
        catch (CloudRefusalException refusal)
        {
            Log(request, scope, [], repeated: false, refusal.Code, now);
            throw;
        }
    }

    private void ForgetLaunches()
    {
        _launches.Clear();
        _tokens.Clear();
    }

    private static List<Instance> Repeat(LaunchRequest request, string fingerprint, List<Instance> instances, DateTimeOffset now)
    {
        if (!string.Equals(fingerprint, request.Fingerprint, StringComparison.Ordinal))
        {
            throw CloudRefusalException.Invalid("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
        }

        if (instances.TrueForAll(instance => instance.StateAt(now) is InstanceState.Terminated or InstanceState.ShuttingDown))
        {
            throw CloudRefusalException.Invalid("IdempotentInstanceTerminated", "The instances launched with this client token have been terminated.");
        }

        return instances;
    }

    /// <summary>The zone asked for, else one with capacity: the cheapest for spot, one drawn for the request otherwise.</summary>
    private string PickZone(LaunchRequest request, DateTimeOffset now)
    {
        var wanted = request.Zone is { } named ? [named] : Zones.All.Select(zone => zone.Name).ToList();
        if (request.Spot)
        {
            wanted.RemoveAll(zone => Prices.PriceAt(request.Type, zone, now) is null);
        }

        var open = wanted.Where(zone => !IsOutOfCapacity(request, zone, now)).ToList();
        if (open.Count == 0)
        {
            throw OutOfCapacity(request);
        }

        if (!request.Spot)
        {
            return open[(int)(Draw.Bits(Seed, "zone", request.ClientToken ?? request.Fingerprint) % (ulong)open.Count)];
        }

        var cheapest = open.MinBy(zone => Prices.PriceAt(request.Type, zone, now))!;
        var price = Prices.PriceAt(request.Type, cheapest, now);
        return request.MaxPriceHourlyUsd is { } most && most < price
            ? throw CloudRefusalException.Invalid("SpotMaxPriceTooLow", FormattableString.Invariant($"Your Spot request price of {most} is lower than the minimum required Spot request fulfillment price of {price}."))
            : cheapest;
    }

    private bool IsOutOfCapacity(LaunchRequest request, string zone, DateTimeOffset now)
    {
        if (Faults.Hit<CapacityFault>(now, (fault, _) => fault.Pool.Matches(request.Spot, request.Type.Name, zone)) is not null)
        {
            return true;
        }

        if (Scenario.RandomCapacityErrors is not { } random || !new PoolSelector(random.Lifecycle).Matches(request.Spot, request.Type.Name, zone))
        {
            return false;
        }

        var window = (long)Math.Floor(now.ToUnixTimeMilliseconds() / (random.WindowMinutes * 60_000));
        return Draw.Uniform(Seed, "no-capacity", (request.Spot ? "spot/" : "on-demand/") + request.Type.Name + "/" + zone, window) < random.Fraction;
    }

    private static CloudRefusalException OutOfCapacity(LaunchRequest request)
    {
        var message = request switch
        {
            { Spot: true } => "There is no Spot capacity available that matches your request.",
            { Zone: { } zone } => $"We currently do not have sufficient {request.Type.Name} capacity in the Availability Zone you requested ({zone}). Our system will be working on provisioning additional capacity.",
            _ => $"We currently do not have sufficient {request.Type.Name} capacity in the Availability Zones you requested. Our system will be working on provisioning additional capacity.",
        };
        return new CloudRefusalException("InsufficientInstanceCapacity", 500, message);
    }

    private List<Instance> Create(LaunchRequest request, string zone, string scope, DateTimeOffset now)
    {
        // a launch is named by its token, or for want of one by what it asked and when
        var name = request.ClientToken is { } token ? "token/" + token + "/" + scope : "call/" + request.Fingerprint + "/" + now.ToUnixTimeMilliseconds();
        var attempt = 0L;
        while (_byId.ContainsKey(InstanceId(name, 0, attempt)))
        {
            attempt++;
        }

        var instances = new List<Instance>(request.MaxCount);
        for (var index = 0; index < request.MaxCount; index++)
        {
            instances.Add(CreateOne(request, zone, InstanceId(name, index, attempt), "r-" + Draw.Hex(Seed, "reservation", name, attempt, 17), index, now));
        }

        return instances;
    }

    private string InstanceId(string name, int index, long attempt) => "i-" + Draw.Hex(Seed, "instance", name, (attempt * 100_000) + index, 17);

    private Instance CreateOne(LaunchRequest request, string zone, string id, string reservationId, int index, DateTimeOffset now)
    {
        var boot = Faults.Hit<BootFault>(now, (fault, _) => fault.Pool.Matches(request.Spot, request.Type.Name, zone));
        var usual = Scenario.BootSeconds * (0.8 + (0.4 * Draw.Uniform(Seed, "boot", id)));
        var instance = new Instance
        {
            Id = id,
            Ordinal = _all.Count,
            Type = request.Type,
            Zone = zone,
            Spot = request.Spot,
            ReservationId = reservationId,
            OwnerId = AccountId,
            ImageId = request.ImageId,
            SubnetId = request.SubnetId ?? Zones.Find(zone)!.DefaultSubnetId,
            VpcId = DefaultVpc,
            PrivateIpAddress = request.UserData is null ? AddressOf(id) : Machines.NextAddress(),
            KeyName = request.KeyName,
            ClientToken = request.ClientToken,
            SpotRequestId = request.Spot ? "sir-" + Draw.Hex(Seed, "spot-request", id, 0, 8) : null,
            LaunchIndex = index,
            CreatedAt = now,
            LaunchTime = now,
            VisibleFrom = now + TimeSpan.FromSeconds(boot?.HiddenSeconds ?? 0),
            Warmup = TimeSpan.FromSeconds(boot?.WarmupSeconds ?? Scenario.WarmupSeconds),
            NeverHealthy = boot?.NeverHealthy ?? false,
            Group = new WorkloadGroup(Seed, Workload.FromTags(id, request.Type, request.Tags)),
        };
        foreach (var (key, value) in request.Tags)
        {
            instance.Tags.Start(key, value);
        }

        instance.States.Enter(now, InstanceState.Pending, new StateReason("pending", "pending"));
        instance.States.Enter(now + TimeSpan.FromSeconds(boot?.BootSeconds ?? usual), InstanceState.Running);
        Add(instance);
        if (request.UserData is not null)
        {
            Machines.Add(instance, request.UserData);
        }

        if (instance.Tags[WellKnownTags.Replaces] is { } replaced && _byId.TryGetValue(replaced, out var old))
        {
            TakeOver(instance, old, now);
        }
        else
        {
            instance.Group.Join(instance, now);
        }

        PlanRandomInterruption(instance, now);
        return instance;
    }

    private void Log(LaunchRequest request, string scope, List<Instance> instances, bool repeated, string? error, DateTimeOffset now) =>
        _launches.Add(new LaunchRecord(
            now,
            request.ClientToken,
            scope,
            request.Type.Name,
            request.Spot ? "spot" : "on-demand",
            instances.Count > 0 ? instances[0].Zone : request.Zone,
            [.. instances.Select(instance => instance.Id)],
            repeated,
            error));
}
