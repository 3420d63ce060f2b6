using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace OptiInfra.Aws.Pipeline;

/// <summary>
/// The SDK's standard retry mode (transient errors and throttling, a retry quota per endpoint) with pauses on an injected clock:
/// before retry n it waits jitter × min(first × 2^(n-1), max).
/// </summary>
internal class BackoffRetryPolicy(QueryClientConfig config) : StandardRetryPolicy(config)
{
    public override Task WaitBeforeRetryAsync(IExecutionContext executionContext) =>
        Task.Delay(
            PauseBefore(executionContext.RequestContext.Retries), config.TimeProvider, executionContext.RequestContext.CancellationToken);

    public override void WaitBeforeRetry(IExecutionContext executionContext) => WaitBeforeRetryAsync(executionContext).GetAwaiter().GetResult();

    /// <param name="retry">1 for the first retry</param>
    internal TimeSpan PauseBefore(int retry)
    {
        var ceiling = Math.Min(config.FirstBackoff.Ticks * Math.Pow(2, Math.Max(retry - 1, 0)), config.MaxBackoff.Ticks);
        return TimeSpan.FromTicks((long)(ceiling * config.Jitter()));
    }
}
