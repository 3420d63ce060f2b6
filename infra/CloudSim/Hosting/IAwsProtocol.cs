using OptiInfra.CloudSim.Ec2;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.Hosting;

/// <summary>How one AWS service words its answers.</summary>
public interface IAwsProtocol
{
    /// <summary>The answer's document; throws <see cref="CloudRefusalException"/>.</summary>
    byte[] Answer(string action, QueryParameters parameters, Cloud cloud, DateTimeOffset now, string requestId);

    byte[] Error(CloudRefusalException refusal, string requestId);

    CloudRefusalException Refuse(SignatureVerdict verdict);

    CloudRefusalException Throttled();
}
