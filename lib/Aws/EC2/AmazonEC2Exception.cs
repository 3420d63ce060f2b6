using System.Net;
using Amazon.Runtime;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.EC2;

/// <summary>EC2 refused a request. <see cref="Kind"/> says what can be done about it.</summary>
public sealed class AmazonEC2Exception : AmazonServiceException
{
    /// <param name="errorCode">EC2's code, for example InsufficientInstanceCapacity</param>
    public AmazonEC2Exception(string errorCode, string message, HttpStatusCode statusCode, string? requestId = null, Exception? innerException = null)
        : base(message, innerException, (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender, errorCode, requestId, statusCode) =>
        Kind = Ec2ErrorCodes.Classify(errorCode, statusCode);

    /// <summary>What a caller can do about the error.</summary>
    public Ec2ErrorKind Kind { get; }

    internal static AmazonEC2Exception From(QueryError error, HttpStatusCode status, Exception innerException)
    {
        // a load balancer's answer carries no code of EC2's; its status is all there is
        var code = error.Code ?? status.ToString();
        return new AmazonEC2Exception(
            code, error.Message ?? $"HTTP {(int)status} without an error document", status, error.RequestId, innerException);
    }
}
