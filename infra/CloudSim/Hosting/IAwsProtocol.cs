using OptiInfra.CloudSim.Ec2;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.Hosting;

/// <summary>A request as its protocol understood it; the action is null where the request names none.</summary>
public sealed record AwsRequest(string? Action, QueryParameters Parameters);

/// <summary>How one AWS service words its requests and answers.</summary>
public interface IAwsProtocol
{
    string ContentType { get; }

    /// <summary>Reads a body; throws <see cref="CloudRefusalException"/>.</summary>
    /// <param name="target">The X-Amz-Target header.</param>
    AwsRequest Read(byte[] body, string? target);

    /// <summary>The answer's document; throws <see cref="CloudRefusalException"/>.</summary>
    byte[] Answer(string action, QueryParameters parameters, Cloud cloud, DateTimeOffset now, string requestId);

    byte[] Error(CloudRefusalException refusal, string requestId);

    CloudRefusalException Refuse(SignatureVerdict verdict);

    CloudRefusalException Throttled();
}
