using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using OptiInfra.Aws.CloudWatch.Model;
using OptiInfra.Aws.Pipeline;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.CloudWatch;

/// <summary>The calls of CloudWatch that this library carries, named as in AWSSDK.CloudWatch.</summary>
public interface IAmazonCloudWatch : IDisposable
{
    /// <exception cref="AmazonCloudWatchException">CloudWatch refused the request.</exception>
    Task<GetMetricDataResponse> GetMetricDataAsync(GetMetricDataRequest request, CancellationToken cancellationToken = default);
}

/// <summary>Configuration of <see cref="AmazonCloudWatchClient"/>.</summary>
public sealed class AmazonCloudWatchConfig : QueryClientConfig
{
    public AmazonCloudWatchConfig()
        : base(serviceId: "CloudWatch", signingName: "monitoring", hostName: "monitoring")
    {
    }

    public override string ServiceVersion => AmazonCloudWatchClient.ApiVersion;
}

/// <summary>CloudWatch refused a request; <see cref="AmazonServiceException.ErrorCode"/> says why.</summary>
public sealed class AmazonCloudWatchException(
    string errorCode, string message, HttpStatusCode statusCode, string? requestId = null, Exception? innerException = null)
    : AmazonServiceException(
        message, innerException, (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender, errorCode, requestId, statusCode)
{
    internal static AmazonCloudWatchException From(QueryError error, HttpStatusCode status, Exception innerException) => new(
        error.Code ?? status.ToString(), error.Message ?? $"HTTP {(int)status} without an error document", status, error.RequestId,
        innerException);
}

/// <summary>A client of CloudWatch. Thread-safe; make one per account and region and keep it.</summary>
public sealed class AmazonCloudWatchClient : QueryServiceClient, IAmazonCloudWatch
{
    internal const string ApiVersion = "2010-08-01";

    internal static readonly QueryOperation GetMetricData =
        QueryOperation.For<GetMetricDataRequest, GetMetricDataResponse>(nameof(GetMetricData), ApiVersion, QueryDialect.Query);

    private static readonly ServiceName Service = new("CloudWatch");

    // CloudWatch's quota of GetMetricData calls per second (CloudWatch user guide, "CloudWatch service quotas")
    private static readonly TokenBucketLimit FiftyPerSecond = new(50, 50);

    /// <summary>With the credentials and the region of the environment, the profile or the machine, as AWSSDK.Core looks for them.</summary>
    public AmazonCloudWatchClient()
        : this(new AmazonCloudWatchConfig())
    {
    }

    public AmazonCloudWatchClient(AmazonCloudWatchConfig config)
        : this(credentials: null, config)
    {
    }

    /// <param name="credentials">null looks for them as AWSSDK.Core does</param>
    public AmazonCloudWatchClient(AWSCredentials? credentials, AmazonCloudWatchConfig config)
        : base(credentials, config, AmazonCloudWatchException.From)
    {
    }

    protected override IServiceMetadata ServiceMetadata => Service;

    public Task<GetMetricDataResponse> GetMetricDataAsync(GetMetricDataRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetMetricDataResponse>(GetMetricData, request, cancellationToken);

    private protected override RequestThrottle DefaultThrottle(QueryClientConfig settings) =>
        new(static request => (request.GetType().Name, FiftyPerSecond), settings.TimeProvider);
}
