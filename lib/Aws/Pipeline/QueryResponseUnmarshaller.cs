using System.Net;
using System.Text;
using System.Xml;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.Pipeline;

/// <summary>Makes an exception of a service's error response.</summary>
/// <param name="error">what the response's body says; no code when the body says nothing</param>
internal delegate AmazonServiceException ServiceExceptionFactory(QueryError error, HttpStatusCode status, Exception innerException);

/// <summary>Parses the response, or the error response, of one operation.</summary>
internal sealed class QueryResponseUnmarshaller(
    QueryOperation operation, Func<AmazonWebServiceResponse> emptyResponse, ServiceExceptionFactory exceptions) : XmlResponseUnmarshaller
{
    public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext input)
    {
        QueryDocument document;
        try
        {
            document = XmlShapeReader.Read(operation, input.Stream);
        }
        catch (Exception unreadable) when (unreadable is XmlException or FormatException or OverflowException)
        {
            // with the status 200 the retry policies take it for damage on the way and ask again
            throw new AmazonUnmarshallingException(requestId: null, operation.Name, unreadable, HttpStatusCode.OK);
        }

        var response = (AmazonWebServiceResponse?)document.Value ?? emptyResponse();
        response.ResponseMetadata = new ResponseMetadata { RequestId = document.RequestId };
        return response;
    }

    public override AmazonServiceException UnmarshallException(
        XmlUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        using var reader = new StreamReader(input.Stream, Encoding.UTF8, leaveOpen: true);
        return exceptions(QueryError.Parse(reader.ReadToEnd()), statusCode, innerException);
    }
}
