using System.Globalization;

namespace OptiInfra.CloudSim.Tests;

/// <summary>The real `aws` program of Debian's awscli against the box: whatever it accepts and understands is the wire protocol.</summary>
public sealed class AwsProgramTests
{
    [Fact]
    public async Task It_lists_filters_and_pages_instances()
    {
        await using var cloud = await AwsProgram.StartCloudAsync();
        var all = await AwsProgram.JsonAsync(cloud, "ec2", "describe-instances");
        Assert.Equal(10, all.GetProperty("Reservations").EnumerateArray().Sum(reservation => reservation.GetProperty("Instances").GetArrayLength()));
        var first = all.GetProperty("Reservations")[0].GetProperty("Instances")[0];
        Assert.Equal(new DateTimeOffset(2025, 2, 11, 8, 14, 5, TimeSpan.Zero), first.GetProperty("LaunchTime").GetDateTimeOffset());
        Assert.Equal("running", first.GetProperty("State").GetProperty("Name").GetString());
        Assert.Contains(first.GetProperty("Tags").EnumerateArray(), tag => tag.GetProperty("Key").GetString() == "optiinfra:workload");

        var spot = await AwsProgram.JsonAsync(cloud, "ec2", "describe-instances", "--filters", "Name=instance-lifecycle,Values=spot", "Name=tag:team,Values=sea*");
        Assert.Equal("i-0d3a90c0ffee000003", spot.GetProperty("Reservations")[0].GetProperty("Instances")[0].GetProperty("InstanceId").GetString());

        var page = await AwsProgram.JsonAsync(cloud, "ec2", "describe-instances", "--max-items", "3", "--page-size", "5");
        var rest = await AwsProgram.JsonAsync(cloud, "ec2", "describe-instances", "--page-size", "5", "--starting-token", page.GetProperty("NextToken").GetString()!);
        Assert.Equal(3, page.GetProperty("Reservations").GetArrayLength());
        Assert.Equal(10, page.GetProperty("Reservations").EnumerateArray().Concat(rest.GetProperty("Reservations").EnumerateArray()).Sum(reservation => reservation.GetProperty("Instances").GetArrayLength()));
    }

    [Fact]
    public async Task It_launches_spot_once_per_token_and_terminates()
    {
        await using var cloud = await AwsProgram.StartCloudAsync();
        string[] run =
        [
            "ec2", "run-instances", "--image-id", "ami-1", "--instance-type", "m5.xlarge", "--client-token", "twice",
            "--placement", "AvailabilityZone=us-east-1b", "--instance-market-options", "MarketType=spot,SpotOptions={SpotInstanceType=one-time}",
            "--tag-specifications", "ResourceType=instance,Tags=[{Key=optiinfra:replaces,Value=i-0d3a90c0ffee000001}]",
        ];
        var first = (await AwsProgram.JsonAsync(cloud, run)).GetProperty("Instances")[0];
        var second = (await AwsProgram.JsonAsync(cloud, run)).GetProperty("Instances")[0];
        var id = first.GetProperty("InstanceId").GetString()!;
        Assert.Equal(id, second.GetProperty("InstanceId").GetString());
        Assert.Equal("spot", first.GetProperty("InstanceLifecycle").GetString());
        Assert.Equal("twice", first.GetProperty("ClientToken").GetString());
        Assert.Equal("us-east-1b", first.GetProperty("Placement").GetProperty("AvailabilityZone").GetString());

        var status = await AwsProgram.JsonAsync(cloud, "ec2", "describe-instance-status", "--include-all-instances", "--instance-ids", id);
        Assert.Equal("pending", status.GetProperty("InstanceStatuses")[0].GetProperty("InstanceState").GetProperty("Name").GetString());
        var terminated = await AwsProgram.JsonAsync(cloud, "ec2", "terminate-instances", "--instance-ids", id);
        Assert.Equal("shutting-down", terminated.GetProperty("TerminatingInstances")[0].GetProperty("CurrentState").GetProperty("Name").GetString());
        await AwsProgram.JsonAsync(cloud, "ec2", "stop-instances", "--instance-ids", "i-0d3a90c0ffee000001");
        await AwsProgram.JsonAsync(cloud, "ec2", "create-tags", "--resources", "i-0d3a90c0ffee000001", "--tags", "Key=optiinfra:serving,Value=false");
    }

    [Fact]
    public async Task It_reads_prices_types_scores_and_zones()
    {
        await using var cloud = await AwsProgram.StartCloudAsync();
        var prices = await AwsProgram.JsonAsync(cloud, "ec2", "describe-spot-price-history", "--instance-types", "m5.xlarge", "--product-descriptions", "Linux/UNIX", "--start-time", Ago(30));
        var rows = prices.GetProperty("SpotPriceHistory").EnumerateArray().ToList();
        Assert.True(rows.Count > 6 * 2 * 29);
        Assert.All(rows, row => Assert.InRange(decimal.Parse(row.GetProperty("SpotPrice").GetString()!, CultureInfo.InvariantCulture), 0.05m, 0.192m));

        var types = await AwsProgram.JsonAsync(cloud, "ec2", "describe-instance-types", "--instance-types", "g5.xlarge", "t3.large");
        var gpu = types.GetProperty("InstanceTypes").EnumerateArray().Single(type => type.GetProperty("InstanceType").GetString() == "g5.xlarge");
        Assert.Equal("A10G", gpu.GetProperty("GpuInfo").GetProperty("Gpus")[0].GetProperty("Name").GetString());
        Assert.Equal(4, gpu.GetProperty("VCpuInfo").GetProperty("DefaultVCpus").GetInt32());
        var all = await AwsProgram.JsonAsync(cloud, "ec2", "describe-instance-types", "--filters", "Name=processor-info.supported-architecture,Values=arm64");
        Assert.Equal(Catalogue.InstanceCatalogue.All.Count(type => type.Architecture == "arm64"), all.GetProperty("InstanceTypes").GetArrayLength());

        var scores = await AwsProgram.JsonAsync(cloud, "ec2", "get-spot-placement-scores", "--target-capacity", "2", "--instance-types", "m5.xlarge", "m5a.xlarge", "m6i.xlarge", "--single-availability-zone", "--region-names", "us-east-1");
        Assert.Equal(6, scores.GetProperty("SpotPlacementScores").GetArrayLength());
        var zones = await AwsProgram.JsonAsync(cloud, "ec2", "describe-availability-zones");
        Assert.Equal("use1-az4", zones.GetProperty("AvailabilityZones")[0].GetProperty("ZoneId").GetString());
    }

    [Fact]
    public async Task It_reads_metrics()
    {
        await using var cloud = await AwsProgram.StartCloudAsync();
        var queries = """
            [{"Id":"cpu","MetricStat":{"Metric":{"Namespace":"AWS/EC2","MetricName":"CPUUtilization","Dimensions":[{"Name":"InstanceId","Value":"i-0d3a90c0ffee000001"}]},"Period":3600,"Stat":"p95"}},
             {"Id":"mem","MetricStat":{"Metric":{"Namespace":"CWAgent","MetricName":"mem_used_percent","Dimensions":[{"Name":"InstanceId","Value":"i-0d3a90c0ffee000001"}]},"Period":3600,"Stat":"Average"}}]
            """;
        var data = await AwsProgram.JsonAsync(cloud, "cloudwatch", "get-metric-data", "--start-time", Ago(7), "--end-time", Ago(0), "--metric-data-queries", queries);
        var results = data.GetProperty("MetricDataResults");
        Assert.Equal(2, results.GetArrayLength());
        Assert.Equal(results[0].GetProperty("Timestamps").GetArrayLength(), results[0].GetProperty("Values").GetArrayLength());
        Assert.InRange(results[0].GetProperty("Values").EnumerateArray().Max(value => value.GetDouble()), 40, 60);
        Assert.InRange(results[1].GetProperty("Values").GetArrayLength(), 167, 169);
    }

    [Fact]
    public async Task It_is_refused_with_a_wrong_secret()
    {
        await using var cloud = await AwsProgram.StartCloudAsync();
        var (code, _, error) = await AwsProgram.RunAsync(cloud, "another-secret", ["ec2", "describe-instances"]);
        Assert.NotEqual(0, code);
        Assert.Contains("(AuthFailure)", error, StringComparison.Ordinal);
    }

    private static string Ago(int days) => BoxedCloud.Time(DateTimeOffset.UtcNow.AddDays(-days));
}
