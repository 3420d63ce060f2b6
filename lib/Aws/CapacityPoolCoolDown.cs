using System.Collections.Concurrent;
using OptiInfra.Aws.EC2;

namespace OptiInfra.Aws;

/// <summary>Machines that EC2 fills requests from together: when one request finds none, so will the next.</summary>
/// <param name="CapacityType">"spot" or "on-demand"</param>
/// <param name="InstanceType">for example m5.xlarge</param>
/// <param name="AvailabilityZone">for example us-east-1a</param>
public sealed record CapacityPool(string CapacityType, string InstanceType, string AvailabilityZone)
{
    public const string Spot = "spot";
    public const string OnDemand = "on-demand";
}

/// <summary>
/// Remembers which pools had no capacity and keeps callers off them for a while: 3 minutes by default, as Karpenter does
/// (karpenter-provider-aws, pkg/cache). Thread-safe.
/// </summary>
public sealed class CapacityPoolCoolDown(TimeProvider timeProvider, TimeSpan? duration = null)
{
    /// <summary>How long an exhausted pool is left alone where nothing else is said.</summary>
    public static readonly TimeSpan DefaultDuration = TimeSpan.FromMinutes(3);

    private readonly ConcurrentDictionary<CapacityPool, DateTimeOffset> _readyAt = new();

    /// <summary>How long an exhausted pool is left alone.</summary>
    public TimeSpan Duration { get; } = duration ?? DefaultDuration;

    /// <summary>Leaves the pool alone from now on for <see cref="Duration"/>; again from now when it was cooling down already.</summary>
    public void Exhausted(CapacityPool pool) => _readyAt[pool] = timeProvider.GetUtcNow() + Duration;

    /// <summary>Leaves the pool alone if the error says that it has no capacity.</summary>
    /// <returns>Whether it did: then go to the next pool. Any other error is the caller's to handle.</returns>
    public bool TryExhausted(CapacityPool pool, Exception error)
    {
        if (error is not AmazonEC2Exception { Kind: Ec2ErrorKind.Capacity })
            return false;
        Exhausted(pool);
        return true;
    }

    /// <summary>When the pool may be asked again; null when it may be asked now.</summary>
    public DateTimeOffset? CoolingUntil(CapacityPool pool)
    {
        if (!_readyAt.TryGetValue(pool, out var ready))
            return null;
        if (ready > timeProvider.GetUtcNow())
            return ready;
        _readyAt.TryRemove(KeyValuePair.Create(pool, ready));
        return null;
    }

    /// <summary>The pools that may be asked now, in the order given.</summary>
    public IEnumerable<CapacityPool> Ready(IEnumerable<CapacityPool> pools) => pools.Where(pool => CoolingUntil(pool) is null);
}
