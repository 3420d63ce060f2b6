using Amazon.Runtime;
using Amazon.Runtime.Internal;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.Pipeline;

/// <summary>A client of a form-encoded AWS service on AWSSDK.Core's pipeline.</summary>
public abstract class QueryServiceClient : AmazonServiceClient
{
    private readonly ServiceExceptionFactory exceptions;
    private readonly QueryClientConfig config;

    private protected QueryServiceClient(AWSCredentials? credentials, QueryClientConfig config, ServiceExceptionFactory exceptions)
        : base(credentials, config)
    {
        this.config = config;
        this.exceptions = exceptions;
    }

    private protected Task<TResponse> CallAsync<TResponse>(
        QueryOperation operation, AmazonWebServiceRequest request, CancellationToken cancellationToken)
        where TResponse : AmazonWebServiceResponse, new()
    {
        ArgumentNullException.ThrowIfNull(request);
        var options = new InvokeOptions
        {
            RequestMarshaller = new QueryRequestMarshaller(operation, ServiceMetadata.ServiceId, config.NewIdempotencyToken),
            ResponseUnmarshaller = new QueryResponseUnmarshaller(operation, static () => new TResponse(), exceptions),
        };
        return InvokeAsync<TResponse>(request, options, cancellationToken);
    }

    /// <summary>Puts this library's endpoint, signature, retry and throttling rules in place of the pipeline's general ones.</summary>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var settings = (QueryClientConfig)Config;
        pipeline.ReplaceHandler<RetryHandler>(new RetryHandler(CreateRetryPolicy(settings)));
        // inside the retries, so that each attempt takes a token; outside the signer, so that a signature does not age while it waits
        if (settings.Throttle is { } throttle)
            pipeline.AddHandlerAfter<RetryHandler>(new ThrottleHandler(throttle));
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new RegionalEndpointResolver());
        pipeline.AddHandlerAfter<Marshaller>(new SigV4SchemeHandler());
    }

    private protected virtual RetryPolicy CreateRetryPolicy(QueryClientConfig settings) => new BackoffRetryPolicy(settings);
}

/// <summary>What the pipeline's logs and metrics call the service.</summary>
internal sealed class ServiceName(string serviceId) : IServiceMetadata
{
    public string ServiceId { get; } = serviceId;

    public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
