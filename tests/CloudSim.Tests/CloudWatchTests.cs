using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Xml.Linq;

namespace OptiInfra.CloudSim.Tests;

public sealed class CloudWatchTests
{
    private static readonly XNamespace Ns = "http://monitoring.amazonaws.com/doc/2010-08-01/";

    [Theory]
    [InlineData("i-0d3a90c0ffee000001", "AWS/EC2", "CPUUtilization", 48)]
    [InlineData("i-0d3a90c0ffee000002", "AWS/EC2", "CPUUtilization", 54)]
    [InlineData("i-0d3a90c0ffee000005", "AWS/EC2", "CPUUtilization", 60)]
    [InlineData("i-0d3a90c0ffee000006", "CWAgent", "mem_used_percent", 61)]
    public async Task A_fortnight_shows_the_stated_p95(string id, string space, string metric, double p95)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var values = Values(await CallAsync(cloud, Query(cloud, id, space, metric, "Average", 300)));
        Assert.Equal(14 * 288, values.Count);
        Assert.InRange(values.Order().ElementAt((int)(values.Count * 0.95)) / p95, 0.9, 1.1);
    }

    [Fact]
    public async Task Pages_add_up_and_a_query_cut_short_says_so()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var query = Query(cloud, "i-0d3a90c0ffee000001", "AWS/EC2", "CPUUtilization", "Maximum", 3600);
        var whole = Values(await CallAsync(cloud, query));
        var pieces = new List<double>();
        string? token = null;
        do
        {
            var body = await CallAsync(cloud, [.. query, ("MaxDatapoints", "100"), .. token is null ? [] : new[] { ("NextToken", token) }]);
            pieces.AddRange(Values(body));
            token = body.Descendants(Ns + "NextToken").SingleOrDefault()?.Value;
            Assert.Equal(token is null ? "Complete" : "PartialData", body.Descendants(Ns + "StatusCode").Single().Value);
        }
        while (token is not null);
        Assert.Equal(whole, pieces);
        Assert.Equal(336, whole.Count);
    }

    [Fact]
    public async Task Percentiles_lie_between_average_and_maximum()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var statistic in new[] { "Minimum", "Average", "p95", "Maximum" })
        {
            values[statistic] = Values(await CallAsync(cloud, Query(cloud, "i-0d3a90c0ffee000002", "AWS/EC2", "CPUUtilization", statistic, 3600)))[0];
        }

        Assert.True(values["Minimum"] < values["Average"] && values["Average"] < values["p95"] && values["p95"] <= values["Maximum"]);
    }

    [Fact]
    public async Task What_nobody_measured_is_empty_not_zero()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        Assert.Empty(Values(await CallAsync(cloud, Query(cloud, "i-0123456789abcdef0", "AWS/EC2", "CPUUtilization", "Average", 300))));
        Assert.Empty(Values(await CallAsync(cloud, Query(cloud, "i-0d3a90c0ffee000001", "CWAgent", "nvidia_smi_utilization_gpu", "Average", 300))));
        Assert.NotEmpty(Values(await CallAsync(cloud, Query(cloud, "i-0d3a90c0ffee000008", "CWAgent", "nvidia_smi_utilization_gpu", "Average", 300))));
    }

    [Fact]
    public async Task A_new_instance_has_no_history_before_its_launch()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync();
        cloud.Pass(3600);
        Assert.InRange(Values(await CallAsync(cloud, Query(cloud, id, "AWS/EC2", "CPUUtilization", "Average", 300))).Count, 11, 13);
    }

    [Theory]
    [InlineData("MetricDataQueries.member.1.MetricStat.Stat", "Median")]
    [InlineData("MetricDataQueries.member.1.MetricStat.Period", "61")]
    [InlineData("StartTime", "yesterday")]
    [InlineData("MaxDatapoints", "0")]
    public async Task What_makes_no_sense_is_refused_in_CloudWatchs_error_shape(string name, string value)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var query = Query(cloud, "i-0d3a90c0ffee000001", "AWS/EC2", "CPUUtilization", "Average", 300).Where(pair => pair.Name != name).Append((name, value)).ToArray();
        var (status, body) = await cloud.SendAsync("monitoring", "GetMetricData", "2010-08-01", query);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        var error = XElement.Parse(body);
        Assert.Equal(Ns + "ErrorResponse", error.Name);
        Assert.Equal("ValidationError", error.Descendants(Ns + "Code").Single().Value);
    }

    [Fact]
    public async Task Newer_clients_ask_in_JSON_and_get_the_same_values()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var end = cloud.Wall.GetUtcNow();
        var json = JsonSerializer.Serialize(new
        {
            StartTime = (end - TimeSpan.FromDays(14)).ToUnixTimeSeconds(),
            EndTime = end.ToUnixTimeSeconds(),
            MetricDataQueries = new[]
            {
                new { Id = "q1", MetricStat = new { Metric = new { Namespace = "AWS/EC2", MetricName = "CPUUtilization", Dimensions = new[] { new { Name = "InstanceId", Value = "i-0d3a90c0ffee000001" } } }, Period = 3600, Stat = "Average" } },
            },
        });
        using var request = cloud.Signer.Sign(cloud.Address, "monitoring", json, end, "application/x-amz-json-1.0");
        request.Headers.Add("X-Amz-Target", "GraniteServiceVersion20100801.GetMetricData");
        using var response = await cloud.Http.SendAsync(request);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var values = document.RootElement.GetProperty("MetricDataResults")[0].GetProperty("Values").EnumerateArray().Select(value => value.GetDouble());
        Assert.Equal(Values(await CallAsync(cloud, Query(cloud, "i-0d3a90c0ffee000001", "AWS/EC2", "CPUUtilization", "Average", 3600))), values);
    }

    internal static (string Name, string Value)[] Query(BoxedCloud cloud, string id, string space, string metric, string statistic, int period) =>
    [
        ("StartTime", BoxedCloud.Time(cloud.Wall.GetUtcNow() - TimeSpan.FromDays(14))),
        ("EndTime", BoxedCloud.Time(cloud.Wall.GetUtcNow())),
        ("MetricDataQueries.member.1.Id", "q1"),
        ("MetricDataQueries.member.1.MetricStat.Metric.Namespace", space),
        ("MetricDataQueries.member.1.MetricStat.Metric.MetricName", metric),
        ("MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name", "InstanceId"),
        ("MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value", id),
        ("MetricDataQueries.member.1.MetricStat.Period", period.ToString(CultureInfo.InvariantCulture)),
        ("MetricDataQueries.member.1.MetricStat.Stat", statistic),
    ];

    private static List<double> Values(XElement body) =>
        [.. body.Descendants(Ns + "Values").Elements(Ns + "member").Select(value => double.Parse(value.Value, CultureInfo.InvariantCulture))];

    private static async Task<XElement> CallAsync(BoxedCloud cloud, (string, string)[] query)
    {
        var (status, body) = await cloud.SendAsync("monitoring", "GetMetricData", "2010-08-01", query);
        Assert.True(status == HttpStatusCode.OK, body);
        return XElement.Parse(body);
    }
}
