using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.Pipeline;

/// <summary>Makes the form-encoded POST of one operation.</summary>
internal sealed class QueryRequestMarshaller(QueryOperation operation, string serviceName, Func<string> newToken)
    : IMarshaller<IRequest, AmazonWebServiceRequest>
{
    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, serviceName) { HttpMethod = "POST", ResourcePath = "/" };
        QueryWriter.Write(operation, input, newToken, request.Parameters);
        if (operation.HostPrefix is { } prefix)
            request.HostPrefix = WithLabels(prefix, input);
        if (operation.CompressRequest)
            request.CompressionAlgorithm = CompressionEncodingAlgorithm.gzip;
        return request;
    }

    private string WithLabels(string prefix, AmazonWebServiceRequest input) =>
        (operation.Input?.Members ?? []).Where(m => m.IsHostLabel)
            .Aggregate(prefix, (p, m) => p.Replace($"{{{m.Name}}}", m.Get(input) as string ?? "", StringComparison.Ordinal));
}
