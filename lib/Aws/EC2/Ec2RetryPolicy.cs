using Amazon.Runtime;
using OptiInfra.Aws.Pipeline;

namespace OptiInfra.Aws.EC2;

/// <summary>
/// Retries throttling, faults of the service and of the network. Never capacity and quota errors: EC2 sends some with a 5xx status, which
/// the SDK's own policies retry, hammering one empty pool while the next might have served.
/// </summary>
internal sealed class Ec2RetryPolicy(QueryClientConfig config) : BackoffRetryPolicy(config)
{
    public override bool RetryForException(IExecutionContext executionContext, Exception exception) =>
        IsWorthRetrying(exception) && base.RetryForException(executionContext, exception);

    public override Task<bool> RetryForExceptionAsync(IExecutionContext executionContext, Exception exception) =>
        IsWorthRetrying(exception) ? base.RetryForExceptionAsync(executionContext, exception) : Task.FromResult(false);

    public override bool IsThrottlingError(Exception exception) => exception is AmazonEC2Exception { Kind: Ec2ErrorKind.Throttling };

    private static bool IsWorthRetrying(Exception exception) =>
        exception is not AmazonEC2Exception { Kind: not (Ec2ErrorKind.Throttling or Ec2ErrorKind.Server) };
}
