using Amazon.Runtime;
using OptiInfra.Aws.CloudWatch;
using OptiInfra.Aws.CloudWatch.Model;
using Metric = OptiInfra.Aws.CloudWatch.Model.Metric;

namespace OptiInfra.Aws.Tests.CloudWatch;

public sealed class GetMetricDataTests
{
    private static readonly GetMetricDataRequest TwoSeries = new()
    {
        StartTime = new DateTime(2026, 1, 5, 8, 0, 0, DateTimeKind.Utc),
        EndTime = new DateTime(2026, 1, 5, 9, 0, 0, DateTimeKind.Utc),
        ScanBy = ScanBy.TimestampAscending,
        MetricDataQueries =
        [
            new MetricDataQuery
            {
                Id = "cpu",
                MetricStat = new MetricStat
                {
                    Metric = new Metric
                    {
                        Namespace = "AWS/EC2", MetricName = "CPUUtilization", Dimensions = [new Dimension("InstanceId", "i-1"), new Dimension("Host", "h")],
                    },
                    Period = 300,
                    Stat = "p95",
                },
            },
            new MetricDataQuery { Id = "twice", Expression = "cpu*2", ReturnData = false },
        ],
    };

    [Fact]
    public async Task lists_are_sent_with_member_and_the_request_for_monitoring()
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ok(Page("")));
        using var cloudWatch = Client(service);

        await cloudWatch.GetMetricDataAsync(TwoSeries);

        var request = Assert.Single(service.Requests);
        Assert.Equal(
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["Action"] = "GetMetricData",
                ["Version"] = "2010-08-01",
                ["StartTime"] = "2026-01-05T08:00:00Z",
                ["EndTime"] = "2026-01-05T09:00:00Z",
                ["ScanBy"] = "TimestampAscending",
                ["MetricDataQueries.member.1.Id"] = "cpu",
                ["MetricDataQueries.member.1.MetricStat.Metric.Namespace"] = "AWS/EC2",
                ["MetricDataQueries.member.1.MetricStat.Metric.MetricName"] = "CPUUtilization",
                ["MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name"] = "InstanceId",
                ["MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value"] = "i-1",
                ["MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.2.Name"] = "Host",
                ["MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.2.Value"] = "h",
                ["MetricDataQueries.member.1.MetricStat.Period"] = "300",
                ["MetricDataQueries.member.1.MetricStat.Stat"] = "p95",
                ["MetricDataQueries.member.2.Id"] = "twice",
                ["MetricDataQueries.member.2.Expression"] = "cpu*2",
                ["MetricDataQueries.member.2.ReturnData"] = "false",
            },
            new SortedDictionary<string, string>(request.Parameters.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal));
        Assert.Contains("/eu-west-1/monitoring/aws4_request", request.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_series_over_two_pages_is_put_together_and_one_without_data_is_empty()
    {
        await using var service = await ScriptedService.StartAsync(
            Answer.Ok(Page(
                "<NextToken>two</NextToken>",
                Series("cpu", "PartialData", ("2026-01-05T08:00:00Z", "12.5"), ("2026-01-05T08:05:00Z", "1.0E-3")), Series("mem", "Complete"))),
            Answer.Ok(Page("", Series("cpu", "Complete", ("2026-01-05T08:10:00Z", "99")))));
        using var cloudWatch = Client(service);

        var series = await cloudWatch.ReadMetricDataAsync(TwoSeries);

        Assert.Equal([12.5, 0.001, 99], series["cpu"].Values);
        Assert.Equal([0, 5, 10], series["cpu"].Timestamps.Select(t => t.Minute));
        Assert.Equal(StatusCode.Complete, series["cpu"].StatusCode);
        Assert.Empty(series["mem"].Values);
        Assert.Equal([null, "two"], service.Requests.Select(r => r.Parameters.GetValueOrDefault("NextToken")));
    }

    [Fact]
    public async Task the_result_and_its_request_id_stand_in_their_wrappers()
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ok(Page("", Series("cpu", "Complete"))));
        using var cloudWatch = Client(service);

        var response = await cloudWatch.GetMetricDataAsync(TwoSeries);

        Assert.Equal("cpu", Assert.Single(response.MetricDataResults).Id);
        Assert.Equal("req-7", response.ResponseMetadata.RequestId);
        Assert.True(string.IsNullOrEmpty(response.NextToken));
    }

    [Fact]
    public async Task throttling_is_retried_and_a_wrong_request_is_not()
    {
        await using var service = await ScriptedService.StartAsync(
            new Answer(400, Error("Throttling")), Answer.Ok(Page("")), new Answer(400, Error("InvalidParameterValue")));
        using var cloudWatch = Client(service);

        await cloudWatch.GetMetricDataAsync(TwoSeries);
        Assert.Equal(2, service.Requests.Count);

        var error = await Assert.ThrowsAsync<AmazonCloudWatchException>(() => cloudWatch.GetMetricDataAsync(TwoSeries));
        Assert.Equal(("InvalidParameterValue", "req-8"), (error.ErrorCode, error.RequestId));
        Assert.Equal(3, service.Requests.Count);
    }

    private static string Error(string code) =>
        $"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error><RequestId>req-8</RequestId></ErrorResponse>";

    private static string Page(string token, params string[] series) =>
        $"""
        <GetMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><GetMetricDataResult><MetricDataResults>{string.Concat(series)}
        </MetricDataResults>{token}</GetMetricDataResult><ResponseMetadata><RequestId>req-7</RequestId></ResponseMetadata></GetMetricDataResponse>
        """;

    private static string Series(string id, string status, params (string At, string Value)[] points) =>
        $"<member><Id>{id}</Id><Label>{id}</Label><Timestamps>{string.Concat(points.Select(p => $"<member>{p.At}</member>"))}</Timestamps>"
        + $"<Values>{string.Concat(points.Select(p => $"<member>{p.Value}</member>"))}</Values><StatusCode>{status}</StatusCode></member>";

    private static AmazonCloudWatchClient Client(ScriptedService service) => new(
        new BasicAWSCredentials("AKIDEXAMPLE", "secret"),
        new AmazonCloudWatchConfig
        {
            ServiceURL = service.Url, AuthenticationRegion = "eu-west-1", FirstBackoff = TimeSpan.FromMilliseconds(1), Jitter = () => 0.5,
        });
}
