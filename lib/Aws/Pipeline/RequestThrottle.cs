using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace OptiInfra.Aws.Pipeline;

/// <summary>
/// One token bucket per API action, as AWS keeps them per account and region; share one among the clients of an account and region.
/// </summary>
/// <param name="limitOf">the bucket's name and limit for a request; null for a request that nothing limits</param>
public sealed class RequestThrottle(Func<AmazonWebServiceRequest, (string Bucket, TokenBucketLimit Limit)?> limitOf, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>Holds nothing back.</summary>
    public static RequestThrottle None { get; } = new(static _ => null, TimeProvider.System);

    /// <summary>Waits until the request may be sent.</summary>
    public Task TakeAsync(AmazonWebServiceRequest request, CancellationToken cancellationToken = default)
    {
        if (limitOf(request) is not var (name, limit))
            return Task.CompletedTask;
        return _buckets.GetOrAdd(name, static (_, state) => new TokenBucket(state.limit, state.timeProvider), (limit, timeProvider))
            .TakeAsync(cancellationToken);
    }
}

/// <summary>Takes a token for every attempt before it is signed and sent.</summary>
internal sealed class ThrottleHandler(RequestThrottle throttle) : PipelineHandler
{
    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        var context = executionContext.RequestContext;
        await throttle.TakeAsync(context.OriginalRequest, context.CancellationToken);
        return await base.InvokeAsync<T>(executionContext);
    }
}
