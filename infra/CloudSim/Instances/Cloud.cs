using System.Globalization;
using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Clock;
using OptiInfra.CloudSim.Draws;
using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Fleet;
using OptiInfra.CloudSim.Hosting;
using OptiInfra.CloudSim.Machines;
using OptiInfra.CloudSim.Pricing;
using OptiInfra.CloudSim.Workloads;

namespace OptiInfra.CloudSim.Instances;

/// <summary>
/// The account: its instances, what went wrong with them and when. Everything it says is a function of the seed, the calls made and
/// the clock. Not safe for several threads; <see cref="Enter{T}"/> lets one caller in at a time.
/// </summary>
public sealed partial class Cloud : IDisposable
{
    public const string AccountId = "123456789012";
    private const string DefaultVpc = "vpc-0d0000000000000d0";

    private readonly Lock _gate = new();
    private readonly CloudSimOptions _options;
    private readonly RecordedSpotPrices? _recordedPrices;
    private readonly Dictionary<string, Instance> _byId = new(StringComparer.Ordinal);
    private readonly List<Instance> _all = [];
    private readonly Dictionary<string, string> _zoneOfSubnet = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _calls = new(StringComparer.Ordinal);

    public Cloud(CloudSimOptions options)
    {
        _options = options;
        Clock = new SimulatedClock(options.Wall, options.ClockOrigin, options.ClockSpeed);
        Scenario = options.ScenarioFile is null ? new Scenario() : Scenario.Load(options.ScenarioFile);
        Data = new DataFolder(options.DataFolder);
        Machines = new MachineRoom(options, Data, Draw.Bits(options.Seed, "network", "127.77"), () => Enter(_ => true));
        _recordedPrices = options.PriceHistory is null ? null : RecordedSpotPrices.Load(options.PriceHistory, Clock.Now);
        Start();
    }

    public SimulatedClock Clock { get; }

    /// <summary>Where objects, and the folders of instances that run processes, are kept.</summary>
    public DataFolder Data { get; }

    public MachineRoom Machines { get; }

    public long Seed => _options.Seed;

    public Scenario Scenario { get; }

    public FaultBook Faults { get; private set; } = new();

    public Degradations Degradations => new(Faults);

    public ApiRates Rates { get; } = new();

    public SpotMarket Prices { get; private set; } = null!;

    public PricePages PricePages { get; } = new();

    public IReadOnlyList<Instance> All => _all;

    /// <summary>How often each action was called, refused calls included.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    /// <summary>The clock's reading when the run began: its origin, unless that is over an hour before the program started.</summary>
    public DateTimeOffset StartedAt { get; private set; }

    /// <summary>Runs the work alone, after everything due by now has happened.</summary>
    public T Enter<T>(Func<DateTimeOffset, T> work)
    {
        lock (_gate)
        {
            var now = Clock.Now;
            // milliseconds are what the wire carries; more would make equal answers differ
            now = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
            HappenUpTo(now);
            // nobody is told that an instance is gone before its processes are
            Machines.Follow(now);
            var result = work(now);
            Machines.Follow(now);
            return result;
        }
    }

    public void CountCall(string action) => _calls[action] = _calls.GetValueOrDefault(action) + 1;

    /// <summary>The instance if AWS would still (or already) know it.</summary>
    public Instance? Find(string id, DateTimeOffset now) =>
        _byId.TryGetValue(id, out var instance) && instance.ListedAt(now) ? instance : null;

    /// <summary>The instance even if it has long been terminated: metrics outlive it.</summary>
    public Instance? FindEver(string id) => _byId.GetValueOrDefault(id);

    public string? ZoneOfSubnet(string subnetId) => _zoneOfSubnet.GetValueOrDefault(subnetId);

    /// <summary>Back to the fleet file, the scenario and the first reading of the clock's offset.</summary>
    public void Reset()
    {
        Machines.Clear();
        _byId.Clear();
        _all.Clear();
        _zoneOfSubnet.Clear();
        _calls.Clear();
        ForgetLaunches();
        Rates.Forget();
        PricePages.Forget();
        Clock.ForgetOffset();
        Start();
    }

    /// <summary>Ends every process of every instance.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Machines.Dispose();
            Data.Dispose();
        }
    }

    /// <summary>Counters of the instance, brought up to now.</summary>
    public RequestCounters CountersOf(Instance instance, DateTimeOffset now)
    {
        instance.Counters ??= new RequestCounters(Seed, instance, instance.CreatedAt > StartedAt ? instance.CreatedAt : StartedAt);
        instance.Counters.AdvanceTo(now, Degradations);
        return instance.Counters;
    }

    /// <summary>Sets a tag; whoever names the instance that it replaces takes over that one's workload from then on.</summary>
    public void Tag(Instance instance, string key, string value, DateTimeOffset now)
    {
        instance.Tags.Set(key, value, now);
        if (key is WellKnownTags.Replaces && _byId.TryGetValue(value, out var old) && !ReferenceEquals(old.Group, instance.Group))
        {
            // what was served until now was served in the old group
            CountersOf(instance, now);
            TakeOver(instance, old, now);
        }
    }

    private void Start()
    {
        var now = Clock.Now;
        StartedAt = Clock.Origin > now - TimeSpan.FromHours(1) && Clock.Origin <= now ? Clock.Origin : now;
        Faults = new FaultBook();
        Rates.Enabled = Scenario.Throttling;
        Prices = new SpotMarket(new SeededSpotPrices(Seed), _recordedPrices, Faults);
        foreach (var zone in Zones.All)
        {
            _zoneOfSubnet[zone.DefaultSubnetId] = zone.Name;
        }

        foreach (var fault in Scenario.Faults)
        {
            Faults.Place(fault, StartedAt);
        }

        if (_options.FleetFile is not null)
        {
            foreach (var entry in FleetFile.Load(_options.FleetFile))
            {
                Admit(entry);
            }

            JoinReplacements();
        }
    }

    private void Admit(FleetEntry entry)
    {
        // no boot and no warm-up: a fleet that is listed as running has long been up
        var launched = entry.LaunchTime is { } time && time < StartedAt ? time : StartedAt - TimeSpan.FromHours(1);
        var subnet = entry.SubnetId ?? Zones.Find(entry.Zone)!.DefaultSubnetId;
        _zoneOfSubnet.TryAdd(subnet, entry.Zone);
        var instance = new Instance
        {
            Id = entry.InstanceId,
            Ordinal = _all.Count,
            Type = entry.Type,
            Zone = entry.Zone,
            Spot = entry.Spot,
            ReservationId = entry.ReservationId ?? "r-" + Draw.Hex(Seed, "reservation", entry.InstanceId, 0, 17),
            OwnerId = entry.OwnerId ?? AccountId,
            ImageId = entry.ImageId ?? "ami-0a0000000000000aa",
            SubnetId = subnet,
            VpcId = entry.VpcId ?? DefaultVpc,
            PrivateIpAddress = entry.PrivateIpAddress ?? AddressOf(entry.InstanceId),
            PublicIpAddress = entry.PublicIpAddress,
            KeyName = entry.KeyName,
            SpotRequestId = entry.SpotRequestId ?? (entry.Spot ? "sir-" + Draw.Hex(Seed, "spot-request", entry.InstanceId, 0, 8) : null),
            Tenancy = entry.Tenancy ?? "default",
            SecurityGroups = entry.SecurityGroups,
            CreatedAt = launched,
            LaunchTime = entry.LaunchTime ?? launched,
            Group = new WorkloadGroup(Seed, Workload.FromTags(entry.InstanceId, entry.Type, entry.Tags)),
            Warmup = TimeSpan.Zero,
        };
        foreach (var (key, value) in entry.Tags)
        {
            instance.Tags.Start(key, value);
        }

        instance.States.Enter(launched, entry.State);
        if (entry.State is InstanceState.Pending)
        {
            instance.States.Enter(StartedAt + TimeSpan.FromSeconds(Scenario.BootSeconds), InstanceState.Running);
        }

        instance.Group.Join(instance, launched);
        Add(instance);
        PlanRandomInterruption(instance, StartedAt);
    }

    /// <summary>A fleet that was listed in mid-migration names its replacements too.</summary>
    private void JoinReplacements()
    {
        foreach (var instance in _all)
        {
            if (instance.Tags[WellKnownTags.Replaces] is { } replaced && _byId.TryGetValue(replaced, out var old) && !ReferenceEquals(old, instance))
            {
                TakeOver(instance, old, instance.CreatedAt);
            }
        }
    }

    private static void TakeOver(Instance replacement, Instance old, DateTimeOffset at)
    {
        replacement.Group = old.Group;
        old.Group.Join(replacement, at);
    }

    private void Add(Instance instance)
    {
        _all.Add(instance);
        _byId.Add(instance.Id, instance);
    }

    private string AddressOf(string id)
    {
        var bits = Draw.Bits(Seed, "address", id);
        return string.Create(CultureInfo.InvariantCulture, $"10.{bits & 63}.{(bits >> 8) & 255}.{1 + ((bits >> 16) % 254)}");
    }
}
