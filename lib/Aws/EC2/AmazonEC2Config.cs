using OptiInfra.Aws.Pipeline;

namespace OptiInfra.Aws.EC2;

/// <summary>Configuration of <see cref="AmazonEC2Client"/>.</summary>
public sealed class AmazonEC2Config : QueryClientConfig
{
    public AmazonEC2Config()
        : base(serviceId: "EC2", signingName: "ec2", hostName: "ec2")
    {
    }

    public override string ServiceVersion => AmazonEC2Client.ApiVersion;
}
