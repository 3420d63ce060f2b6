using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.Pipeline;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.Tests.Protocol;

internal sealed class VectorRequest(Dictionary<string, object> values) : AmazonWebServiceRequest
{
    public Dictionary<string, object> Values { get; } = values;
}

internal sealed class VectorResponse : AmazonWebServiceResponse
{
    public object? Value { get; set; }
}

internal sealed class VectorException(QueryError error, HttpStatusCode status, Exception inner)
    : AmazonServiceException(error.Message, inner, ErrorType.Sender, error.Code, error.RequestId, status)
{
    public QueryError Error { get; } = error;
}

/// <summary>A client whose operations have shapes built at run time, on the real pipeline, with a canned answer instead of a network.</summary>
internal sealed class VectorClient(AmazonEC2Config config) : QueryServiceClient(new BasicAWSCredentials("AKIDEXAMPLE", "secret"), config, Throw)
{
    private static readonly ServiceName Service = new("EC2");

    protected override IServiceMetadata ServiceMetadata => Service;

    public Task<VectorResponse> InvokeAsync(QueryOperation operation, VectorRequest request) =>
        CallAsync<VectorResponse>(operation with { Output = Wrap(operation.Output) }, request, CancellationToken.None);

    private protected override RequestThrottle DefaultThrottle(QueryClientConfig settings) => RequestThrottle.None;

    private static VectorException Throw(QueryError error, HttpStatusCode status, Exception inner) => new(error, status, inner);

    // the pipeline wants a response object; the document member hands it the parsed dictionary
    private static StructureShape? Wrap(StructureShape? output) => output is null ? null : new StructureShape(
        output.Name,
        () => new VectorResponse(),
        [
            new Member("Value", () => output)
            {
                IsDocument = true,
                Get = owner => ((VectorResponse)owner).Value,
                Set = (owner, value) => ((VectorResponse)owner).Value = value,
            },
        ]);
}

/// <summary>Answers every request with the same response and keeps what was asked.</summary>
internal sealed class CannedHttp(int status, string body) : HttpClientFactory
{
    public HttpRequestMessage? Request { get; private set; }

    public byte[] RequestBody { get; private set; } = [];

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(this));

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    private sealed class Handler(CannedHttp owner) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            owner.Request = request;
            owner.RequestBody = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            return new HttpResponseMessage((HttpStatusCode)owner.Status)
            {
                Content = new StringContent(owner.Body, System.Text.Encoding.UTF8, "text/xml"),
            };
        }
    }

    private int Status => status;

    private string Body => body;
}
