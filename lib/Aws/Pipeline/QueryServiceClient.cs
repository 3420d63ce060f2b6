using Amazon.Runtime;
using Amazon.Runtime.Internal;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.Pipeline;

/// <summary>A client of a form-encoded AWS service on AWSSDK.Core's pipeline.</summary>
public abstract class QueryServiceClient : AmazonServiceClient
{
    private readonly ServiceExceptionFactory _exceptions;
    private readonly QueryClientConfig _config;

    private protected QueryServiceClient(AWSCredentials? credentials, QueryClientConfig config, ServiceExceptionFactory exceptions)
        : base(credentials, config)
    {
        _config = config;
        _exceptions = exceptions;
    }

    private protected Task<TResponse> CallAsync<TResponse>(
        QueryOperation operation, AmazonWebServiceRequest request, CancellationToken cancellationToken)
        where TResponse : AmazonWebServiceResponse, new()
    {
        ArgumentNullException.ThrowIfNull(request);
        var options = new InvokeOptions
        {
            RequestMarshaller = new QueryRequestMarshaller(operation, ServiceMetadata.ServiceId, _config.NewIdempotencyToken),
            ResponseUnmarshaller = new QueryResponseUnmarshaller(operation, static () => new TResponse(), _exceptions),
        };
        return AwsInstruments.CallAsync(ServiceMetadata.ServiceId, operation.Name, () => InvokeAsync<TResponse>(request, options, cancellationToken));
    }

    /// <summary>Puts this library's endpoint, signature, retry and throttling rules in place of the pipeline's general ones.</summary>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var settings = (QueryClientConfig)Config;
        pipeline.ReplaceHandler<RetryHandler>(new RetryHandler(CreateRetryPolicy(settings)));
        // inside the retries, so that each attempt takes a token; outside the signer, so that a signature does not age while it waits
        pipeline.AddHandlerAfter<RetryHandler>(new ThrottleHandler(settings.Throttle ?? DefaultThrottle(settings)));
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new RegionalEndpointResolver());
        pipeline.AddHandlerAfter<Marshaller>(new SigV4SchemeHandler());
    }

    /// <summary>The service's documented limits, for this client alone.</summary>
    private protected abstract RequestThrottle DefaultThrottle(QueryClientConfig settings);

    private protected virtual RetryPolicy CreateRetryPolicy(QueryClientConfig settings) => new BackoffRetryPolicy(settings);
}

/// <summary>What the pipeline's logs and metrics call the service.</summary>
internal sealed class ServiceName(string serviceId) : IServiceMetadata
{
    public string ServiceId { get; } = serviceId;

    public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
