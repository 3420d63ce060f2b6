using System.Runtime.CompilerServices;
using OptiInfra.Agents.Clouds;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Scenes;

/// <summary>A cloud whose machines run at once, and that fails as a test says.</summary>
sealed class FakeCloud(TimeProvider clock) : ICloud
{
    readonly Lock gate = new();
    readonly Dictionary<string, FleetInstance> instances = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> byToken = new(StringComparer.Ordinal);

    public string Region => "us-east-1";
    public Dictionary<CapacityPool, decimal> Prices { get; } = new() { [Given.Pool()] = 0.070m, [Given.Pool(zone: "us-east-1b")] = 0.072m };
    public HashSet<CapacityPool> Empty { get; } = [];
    public HashSet<string> Protected { get; } = new(StringComparer.Ordinal);
    /// <summary>Pools whose machines never pass their checks.</summary>
    public HashSet<CapacityPool> Stillborn { get; } = [];
    /// <summary>Launches take effect, and their answers are lost, this many times.</summary>
    public int LostAnswers { get; set; }
    /// <summary>How the next launches end, whatever they ask for.</summary>
    public Queue<LaunchResult> NextLaunches { get; } = [];
    public List<LaunchRequest> Launches { get; } = [];
    volatile bool away;

    /// <summary>Every call fails while it is set.</summary>
    public bool Away
    {
        get => away;
        set => away = value;
    }

    public FleetInstance this[string id]
    {
        get
        {
            lock (gate)
                return instances[id];
        }
    }

    public void Put(FleetInstance instance)
    {
        lock (gate)
            instances[instance.InstanceId] = instance;
    }

    public IReadOnlyList<FleetInstance> Alive()
    {
        lock (gate)
            return [.. instances.Values.Where(i => i.State is "running").OrderBy(i => i.InstanceId, StringComparer.Ordinal)];
    }

    public IReadOnlyList<string> Serving() => [.. Alive().Where(i => i.Tag(FleetTags.Serving) is not "false").Select(i => i.InstanceId)];

    /// <summary>The machines that were launched for an instance and still run.</summary>
    public IReadOnlyList<FleetInstance> ReplacementsOf(string instanceId) => [.. Alive().Where(i => i.Tag(FleetTags.Replaces) == instanceId)];

    public async IAsyncEnumerable<FleetInstance> DescribeFleetAsync(FleetSelector selector, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var instance in await FindAsync(i => selector.InstanceIds.Count == 0 || selector.InstanceIds.Contains(i.InstanceId)))
            yield return instance;
    }

    public Task<IReadOnlyList<FleetInstance>> DescribeAsync(IReadOnlyCollection<string> instanceIds, CancellationToken cancellationToken = default) =>
        FindAsync(i => instanceIds.Contains(i.InstanceId));

    public Task<IReadOnlyList<FleetInstance>> FindByClientTokenAsync(string clientToken, CancellationToken cancellationToken = default) =>
        FindAsync(i => byToken.GetValueOrDefault(clientToken) == i.InstanceId);

    public Task<IReadOnlyList<FleetInstance>> FindByTagAsync(string key, string value, CancellationToken cancellationToken = default) =>
        FindAsync(i => i.Tag(key) == value);

    public Task<IReadOnlyList<InstanceTypeFacts>> DescribeInstanceTypesAsync(IReadOnlyCollection<string> instanceTypes, CancellationToken cancellationToken = default) =>
        Answer(Given.Types);

    public async IAsyncEnumerable<SpotPricePoint> SpotPricesAsync(
        IReadOnlyCollection<string> instanceTypes, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var (pool, price) in await Answer(Prices.ToList()))
        {
            if (instanceTypes.Contains(pool.InstanceType))
                yield return new SpotPricePoint(pool.InstanceType, pool.AvailabilityZone, price, from.AddDays(-1));
        }
    }

    public Task<IReadOnlyDictionary<string, int>> PlacementScoresAsync(IReadOnlyCollection<string> instanceTypes, int instances, CancellationToken cancellationToken = default) =>
        Answer<IReadOnlyDictionary<string, int>>(new Dictionary<string, int> { ["us-east-1a"] = 9, ["us-east-1b"] = 9 });

    public Task<IReadOnlyList<string>> AvailabilityZonesAsync(CancellationToken cancellationToken = default) => Answer<IReadOnlyList<string>>(["us-east-1a", "us-east-1b"]);

    public async Task<IReadOnlySet<string>> PassingStatusChecksAsync(IReadOnlyCollection<string> instanceIds, CancellationToken cancellationToken = default) =>
        (await FindAsync(i => instanceIds.Contains(i.InstanceId) && i.State is "running" && !Stillborn.Contains(new CapacityPool(i.CapacityType, i.InstanceType, i.AvailabilityZone))))
        .Select(i => i.InstanceId).ToHashSet(StringComparer.Ordinal);

    public Task<LaunchResult> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            FailIfAway();
            if (NextLaunches.TryDequeue(out var next))
                return Task.FromResult(next);
            if (byToken.TryGetValue(request.ClientToken, out var known))
                return Task.FromResult<LaunchResult>(instances[known].State is "terminated" ? new LaunchResult.AlreadyTerminated(known) : new LaunchResult.Launched(known));
            if (Empty.Contains(request.Pool))
                return Task.FromResult<LaunchResult>(new LaunchResult.NoCapacity("InsufficientInstanceCapacity", $"no {request.Pool}"));
            Launches.Add(request);
            var id = $"{request.Model.InstanceId}-new-{Launches.Count}";
            byToken[request.ClientToken] = id;
            instances[id] = new FleetInstance(id, request.Pool.InstanceType, request.Pool.AvailabilityZone, request.Pool.CapacityType, "running",
                request.Model.ImageId, request.SubnetId, "10.0.0.2", clock.GetUtcNow(), request.Tags);
            if (LostAnswers > 0)
            {
                LostAnswers--;
                throw new HttpRequestException("the connection was lost");
            }

            return Task.FromResult<LaunchResult>(new LaunchResult.Launched(id));
        }
    }

    public Task<LaunchResult> LaunchAsync(TrainerLaunch request, CancellationToken cancellationToken = default)
    {
        var model = new FleetInstance("i-trainer", request.Pool.InstanceType, request.Pool.AvailabilityZone, request.Pool.CapacityType, "running", request.Needs.ImageId, null, null, clock.GetUtcNow(), request.Tags);
        return LaunchAsync(new LaunchRequest(model, request.Pool, request.Needs.Subnets.GetValueOrDefault(request.Pool.AvailabilityZone), request.ClientToken, request.Tags), cancellationToken);
    }

    public Task TerminateAsync(string instanceId, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            FailIfAway();
            if (Protected.Contains(instanceId))
                throw new CloudRefusedException("OperationNotPermitted", $"{instanceId} is protected");
            if (instances.TryGetValue(instanceId, out var instance))
                instances[instanceId] = instance with { State = "terminated" };
            return Task.CompletedTask;
        }
    }

    public Task<bool> TagAsync(string instanceId, string key, string value, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            FailIfAway();
            if (!instances.TryGetValue(instanceId, out var instance))
                return Task.FromResult(false);
            instances[instanceId] = instance with { Tags = new Dictionary<string, string>(instance.Tags) { [key] = value } };
            return Task.FromResult(true);
        }
    }

    public bool IsCoolingDown(CapacityPool pool) => false;

    Task<IReadOnlyList<FleetInstance>> FindAsync(Func<FleetInstance, bool> matches)
    {
        lock (gate)
        {
            FailIfAway();
            return Task.FromResult<IReadOnlyList<FleetInstance>>([.. instances.Values.Where(matches)]);
        }
    }

    Task<T> Answer<T>(T answer)
    {
        FailIfAway();
        return Task.FromResult(answer);
    }

    void FailIfAway()
    {
        if (Away)
            throw new HttpRequestException("the cloud is away");
    }
}
