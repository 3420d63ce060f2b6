using OptiInfra.CloudSim.Ec2;
using OptiInfra.CloudSim.Hosting;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.CloudWatch;

/// <summary>The query protocol as CloudWatch speaks it: a Result wrapper, lists of member, errors under ErrorResponse.</summary>
public sealed class CloudWatchProtocol : IAwsProtocol
{
    public const string Version = "2010-08-01";

    private const string Namespace = "http://monitoring.amazonaws.com/doc/" + Version + "/";

    public string ContentType => "text/xml;charset=UTF-8";

    public AwsRequest Read(byte[] body, string? target)
    {
        var parameters = QueryParameters.Parse(body);
        return new AwsRequest(parameters["Action"], parameters);
    }

    public byte[] Answer(string action, QueryParameters parameters, Cloud cloud, DateTimeOffset now, string requestId)
    {
        using var xml = new ResponseXml(action + "Response", Namespace);
        switch (action)
        {
            case "GetMetricData":
                xml.Structure(action + "Result", () => GetMetricDataXml.Write(xml, GetMetricData.Answer(parameters, cloud, now)));
                break;
            default:
                throw CloudRefusalException.Invalid("InvalidAction", $"Could not find operation {action} for version {Version}");
        }

        xml.Structure("ResponseMetadata", () => xml.Value("RequestId", requestId));
        return xml.ToArray();
    }

    public byte[] Error(CloudRefusalException refusal, string requestId)
    {
        using var xml = new ResponseXml("ErrorResponse", Namespace);
        xml.Structure("Error", () => xml
                .Value("Type", refusal.Status < 500 ? "Sender" : "Receiver")
                .Value("Code", refusal.Code)
                .Value("Message", refusal.Message))
            .Value("RequestId", requestId);
        return xml.ToArray();
    }

    public CloudRefusalException Refuse(SignatureVerdict verdict) => SignatureRefusals.ForQueryServices(verdict);

    public CloudRefusalException Throttled() => new("Throttling", 400, "Rate exceeded");
}
