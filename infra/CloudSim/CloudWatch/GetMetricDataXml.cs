using System.Globalization;
using OptiInfra.CloudSim.Ec2;

namespace OptiInfra.CloudSim.CloudWatch;

/// <summary>GetMetricData's answer in the query protocol.</summary>
public static class GetMetricDataXml
{
    public static void Write(ResponseXml xml, GetMetricData.Page page)
    {
        xml.List("MetricDataResults", page.Results, result => xml
            .Value("Id", result.Query.Id)
            .Value("Label", result.Query.Label)
            .Values("Timestamps", result.Points.Select(point => point.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)), "member")
            .Values("Values", result.Points.Select(point => Math.Round(point.Value, 6).ToString("R", CultureInfo.InvariantCulture)), "member")
            .Value("StatusCode", result.Partial ? "PartialData" : "Complete"), "member");
        xml.Optional("NextToken", page.NextToken).Values("Messages", [], "member");
    }
}
