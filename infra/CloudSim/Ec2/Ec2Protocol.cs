using OptiInfra.CloudSim.Hosting;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>The ec2 protocol: no result wrapper, requestId first, errors under Response/Errors.</summary>
public sealed class Ec2Protocol : IAwsProtocol
{
    private const string Namespace = "http://ec2.amazonaws.com/doc/" + Ec2Operations.Version + "/";

    public string ContentType => "text/xml;charset=UTF-8";

    public AwsRequest Read(byte[] body, string? target)
    {
        var parameters = QueryParameters.Parse(body);
        return new AwsRequest(parameters["Action"], parameters);
    }

    public byte[] Answer(string action, QueryParameters parameters, Cloud cloud, DateTimeOffset now, string requestId)
    {
        if (parameters["Version"] is not Ec2Operations.Version)
        {
            throw CloudRefusalException.Invalid("NoSuchVersion", $"The requested version ({parameters["Version"]}) of service AmazonEC2 does not exist");
        }

        var operation = Ec2Operations.Find(action)
            ?? throw CloudRefusalException.Invalid("InvalidAction", $"The action {action} is not valid for this web service.");
        using var xml = new ResponseXml(action + "Response", Namespace);
        xml.Value("requestId", requestId);
        operation(new Ec2Call(parameters, cloud, now, xml));
        return xml.ToArray();
    }

    public byte[] Error(CloudRefusalException refusal, string requestId)
    {
        using var xml = new ResponseXml("Response", string.Empty);
        xml.List("Errors", [refusal], error => xml.Value("Code", error.Code).Value("Message", error.Message), "Error")
            .Value("RequestID", requestId);
        return xml.ToArray();
    }

    public CloudRefusalException Refuse(SignatureVerdict verdict) => SignatureRefusals.ForEc2(verdict);

    public CloudRefusalException Throttled() => new("RequestLimitExceeded", 503, "Request limit exceeded.");
}
