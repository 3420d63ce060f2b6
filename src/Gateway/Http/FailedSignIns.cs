using System.Net;
using System.Threading.RateLimiting;

namespace OptiInfra.Gateway.Http;

/// <summary>Counts failed sign-ins by address; whoever fails too often is not even looked up.</summary>
sealed class FailedSignIns(GatewayOptions options) : IDisposable
{
    readonly PartitionedRateLimiter<string> limiter = PartitionedRateLimiter.Create<string, string>(address => RateLimitPartition.GetSlidingWindowLimiter(
        address,
        // not a bucket of tokens: that has a fraction of one again at once, and whether anything is left could not be asked
        _ => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = options.Limits.FailedSignInsPerMinute,
            Window = TimeSpan.FromMinutes(1),
            SegmentsPerWindow = 6,
            QueueLimit = 0,
        }));

    public bool IsBlocked(IPAddress? address)
    {
        // asks for nothing: is anything left?
        using var lease = limiter.AttemptAcquire(ClientAddress.Key(address), permitCount: 0);
        return !lease.IsAcquired;
    }

    public void Failed(IPAddress? address) => limiter.AttemptAcquire(ClientAddress.Key(address)).Dispose();

    public void Dispose() => limiter.Dispose();
}
