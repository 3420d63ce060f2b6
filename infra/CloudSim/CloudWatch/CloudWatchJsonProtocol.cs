using System.Globalization;
using System.Text.Json;
using OptiInfra.CloudSim.Ec2;
using OptiInfra.CloudSim.Hosting;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.CloudWatch;

/// <summary>CloudWatch in AWS JSON 1.0, which newer clients (botocore of 2025 and later) speak instead of the query protocol.</summary>
public sealed class CloudWatchJsonProtocol : IAwsProtocol
{
    private const string TargetPrefix = "GraniteServiceVersion20100801.";

    public string ContentType => "application/x-amz-json-1.0";

    /// <summary>Writes the JSON document as the query protocol would have said it, so that one reader understands both.</summary>
    public AwsRequest Read(byte[] body, string? target)
    {
        var action = target?.StartsWith(TargetPrefix, StringComparison.Ordinal) == true ? target[TargetPrefix.Length..] : null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(body);
            Flatten(document.RootElement, string.Empty, values);
        }
        catch (JsonException)
        {
            throw CloudRefusalException.Invalid("SerializationException", "The body is not a JSON document.");
        }

        return new AwsRequest(action, QueryParameters.From(values));
    }

    public byte[] Answer(string action, QueryParameters parameters, Cloud cloud, DateTimeOffset now, string requestId)
    {
        if (action is not "GetMetricData")
        {
            throw CloudRefusalException.Invalid("UnknownOperationException", $"Could not find operation {action}");
        }

        var page = GetMetricData.Answer(parameters, cloud, now);
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            MetricDataResults = page.Results.Select(result => new
            {
                result.Query.Id,
                result.Query.Label,
                Timestamps = result.Points.Select(point => point.At.ToUnixTimeSeconds()),
                Values = result.Points.Select(point => Math.Round(point.Value, 6)),
                StatusCode = result.Partial ? "PartialData" : "Complete",
            }),
            page.NextToken,
            Messages = Array.Empty<object>(),
        });
    }

    public byte[] Error(CloudRefusalException refusal, string requestId) =>
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>(StringComparer.Ordinal) { ["__type"] = refusal.Code, ["message"] = refusal.Message });

    public CloudRefusalException Refuse(SignatureVerdict verdict) => SignatureRefusals.ForQueryServices(verdict);

    public CloudRefusalException Throttled() => new("Throttling", 400, "Rate exceeded");

    private static void Flatten(JsonElement element, string name, Dictionary<string, string> values)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    Flatten(member.Value, name.Length == 0 ? member.Name : name + "." + member.Name, values);
                }

                break;
            case JsonValueKind.Array:
                var number = 1;
                foreach (var entry in element.EnumerateArray())
                {
                    Flatten(entry, string.Create(CultureInfo.InvariantCulture, $"{name}.member.{number++}"), values);
                }

                break;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                break;
            case JsonValueKind.True or JsonValueKind.False:
                values[name] = element.GetBoolean() ? "true" : "false";
                break;
            default:
                values[name] = element.ToString();
                break;
        }
    }
}
