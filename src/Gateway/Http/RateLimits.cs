using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using OptiInfra.Gateway.Access;

namespace OptiInfra.Gateway.Http;

/// <summary>Each token has its own share of the gateway; whoever has none shares his address's.</summary>
static class RateLimits
{
    static readonly AccessVerdict.Denied TooMany = AccessVerdict.No("rate_limited", "Too many requests; try again after the seconds that Retry-After names.");

    public static void Configure(RateLimiterOptions limiter, HttpLimits limits)
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            context.TryCaller(out var caller) ? Bucket($"token {caller.TokenId}", limits.BurstPerToken, limits.RequestsPerSecondPerToken)
            : context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) ? RateLimitPartition.GetNoLimiter("health")
            : Bucket($"address {ClientAddress.Key(context.Connection.RemoteIpAddress)}", limits.BurstPerAddress, limits.RequestsPerSecondPerAddress));
        limiter.OnRejected = async (rejected, _) =>
        {
            var after = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 1;
            rejected.HttpContext.Response.Headers.RetryAfter = after.ToString(CultureInfo.InvariantCulture);
            await Answers.DenyAsync(rejected.HttpContext, StatusCodes.Status429TooManyRequests, TooMany);
        };
    }

    static RateLimitPartition<string> Bucket(string key, int burst, int perSecond) => RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
    {
        TokenLimit = burst,
        TokensPerPeriod = perSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });
}
