using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Clouds;

/// <summary>
/// What the agents need of a cloud. Calls that a cloud refuses for a while (throttling, its own faults) are tried again inside;
/// what still fails is thrown and the message that led to it is handled again.
/// </summary>
public interface ICloud
{
    string Region { get; }

    /// <summary>All instances that the selector matches and that are not terminated, in any order.</summary>
    IAsyncEnumerable<FleetInstance> DescribeFleetAsync(FleetSelector selector, CancellationToken cancellationToken = default);

    /// <summary>The instances with these ids; those that the cloud does not know (any more, or yet) are left out.</summary>
    Task<IReadOnlyList<FleetInstance>> DescribeAsync(IReadOnlyCollection<string> instanceIds, CancellationToken cancellationToken = default);

    /// <summary>What was launched under a client token, terminated or not.</summary>
    Task<IReadOnlyList<FleetInstance>> FindByClientTokenAsync(string clientToken, CancellationToken cancellationToken = default);

    /// <summary>All instances that carry the tag with that value, terminated or not.</summary>
    Task<IReadOnlyList<FleetInstance>> FindByTagAsync(string key, string value, CancellationToken cancellationToken = default);

    /// <summary>Facts about the named types, or about all types when none is named.</summary>
    Task<IReadOnlyList<InstanceTypeFacts>> DescribeInstanceTypesAsync(IReadOnlyCollection<string> instanceTypes, CancellationToken cancellationToken = default);

    /// <summary>Linux spot prices as change points, with the change before <paramref name="from"/> that gave the price at it.</summary>
    IAsyncEnumerable<SpotPricePoint> SpotPricesAsync(IReadOnlyCollection<string> instanceTypes, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken = default);

    /// <summary>
    /// How likely a request for so many spot instances of any of the types succeeds now, by zone, 1 to 10. A zone without a score
    /// is left out. For fewer than three types Amazon answers with a low score whatever the stock (EC2 user guide, "Spot placement score").
    /// </summary>
    Task<IReadOnlyDictionary<string, int>> PlacementScoresAsync(IReadOnlyCollection<string> instanceTypes, int instances, CancellationToken cancellationToken = default);

    Task<IReadOnlyList<string>> AvailabilityZonesAsync(CancellationToken cancellationToken = default);

    /// <summary>The ids among the given ones that are running and pass the cloud's own status checks.</summary>
    Task<IReadOnlySet<string>> PassingStatusChecksAsync(IReadOnlyCollection<string> instanceIds, CancellationToken cancellationToken = default);

    /// <summary>Launches one instance. The same token launches nothing twice.</summary>
    Task<LaunchResult> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken = default);

    /// <summary>Launches one instance that begins with user data. The same token launches nothing twice.</summary>
    Task<LaunchResult> LaunchAsync(TrainerLaunch request, CancellationToken cancellationToken = default);

    /// <summary>Terminates; an instance that is terminated or unknown already is no error.</summary>
    /// <exception cref="CloudRefusedException">The cloud refuses, for example because the instance is protected.</exception>
    Task TerminateAsync(string instanceId, CancellationToken cancellationToken = default);

    /// <returns>False when the cloud does not know the instance (any more, or yet).</returns>
    Task<bool> TagAsync(string instanceId, string key, string value, CancellationToken cancellationToken = default);

    /// <summary>The pool is left alone for a while after it had no capacity.</summary>
    bool IsCoolingDown(CapacityPool pool);
}

/// <summary>A change of a pool's price, USD per hour.</summary>
public sealed record SpotPricePoint(string InstanceType, string AvailabilityZone, decimal HourlyUsd, DateTimeOffset At);

/// <summary>A launch after the model of an instance that runs: same image, security groups, key and role.</summary>
/// <param name="Model">The instance to take after; what the cloud no longer knows of it is taken from this record.</param>
/// <param name="SubnetId">Subnet in the pool's zone; null leaves it to the zone's default.</param>
/// <param name="Tags">The new instance's tags, all of them.</param>
public sealed record LaunchRequest(FleetInstance Model, CapacityPool Pool, string? SubnetId, string ClientToken, IReadOnlyDictionary<string, string> Tags);

/// <summary>A launch by description.</summary>
/// <param name="UserData">In base64, at most 16 KiB before that.</param>
public sealed record TrainerLaunch(MachineNeeds Needs, CapacityPool Pool, string ClientToken, string UserData, IReadOnlyDictionary<string, string> Tags);

/// <summary>What became of a launch.</summary>
public abstract record LaunchResult
{
    LaunchResult() { }

    public sealed record Launched(string InstanceId) : LaunchResult;

    /// <summary>The pool has none: go to the next one.</summary>
    public sealed record NoCapacity(string Code, string Message) : LaunchResult;

    /// <summary>The account's limit is reached: no pool of this kind will do until a person raises it.</summary>
    public sealed record QuotaReached(string Code, string Message) : LaunchResult;

    /// <summary>This token launched an instance that is terminated since.</summary>
    public sealed record AlreadyTerminated(string Message) : LaunchResult;

    /// <summary>The cloud will never accept this request.</summary>
    public sealed record Refused(string Code, string Message) : LaunchResult;
}

/// <summary>The cloud refused a change, and will again.</summary>
public sealed class CloudRefusedException(string code, string message, Exception? inner = null) : Exception($"{code}: {message}", inner)
{
    public string Code { get; } = code;
}
