using System.Globalization;
using System.Xml.Linq;
using OptiInfra.CloudSim.Catalogue;
using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

public sealed class SpotPriceTests
{
    [Fact]
    public async Task Ninety_days_of_every_pool_never_exceed_on_demand_and_move_smoothly()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        foreach (var type in new[] { "m5.xlarge", "c5.2xlarge", "g4dn.xlarge", "p5.48xlarge", "t3.large" })
        {
            var rows = await HistoryAsync(cloud, ("InstanceType.1", type), ("ProductDescription.1", "Linux/UNIX"));
            var onDemand = InstanceCatalogue.Find(type)!.OnDemandHourlyUsd;
            Assert.All(rows, row => Assert.InRange(row.Price, onDemand * 0.3m, onDemand));
            foreach (var pool in rows.GroupBy(row => row.Zone))
            {
                Assert.InRange(pool.Count() / 90.0, 2, 5);
                foreach (var (earlier, later) in pool.Reverse().Zip(pool.Reverse().Skip(1)))
                {
                    Assert.True(later.At > earlier.At);
                    Assert.InRange(later.Price / earlier.Price, 0.9m, 1.1m);
                }
            }
        }
    }

    [Fact]
    public async Task The_newest_comes_first_and_the_price_in_force_at_the_start_is_included()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var start = cloud.Wall.GetUtcNow() - TimeSpan.FromDays(1);
        var rows = await HistoryAsync(cloud, ("InstanceType.1", "m5.xlarge"), ("AvailabilityZone", "us-east-1a"), ("ProductDescription.1", "Linux/UNIX"), ("StartTime", BoxedCloud.Time(start)));
        Assert.Equal(rows.OrderByDescending(row => row.At), rows);
        Assert.True(rows[^1].At <= start);
        Assert.All(rows.SkipLast(1), row => Assert.True(row.At > start));
    }

    [Fact]
    public async Task A_start_of_now_gives_the_current_price_of_each_zone_and_both_products()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var now = BoxedCloud.Time(cloud.Wall.GetUtcNow());
        var body = await cloud.Ec2Async("DescribeSpotPriceHistory", ("InstanceType.1", "m5.xlarge"), ("StartTime", now));
        var rows = body.Descendants("item").ToList();
        Assert.Equal(2 * Zones.All.Count, rows.Count);
        Assert.Equal(["Linux/UNIX", "Linux/UNIX (Amazon VPC)"], rows.Select(row => row.Element("productDescription")!.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.Matches("^[0-9]+\\.[0-9]{6}$", rows[0].Element("spotPrice")!.Value);
        Assert.Equal(string.Empty, body.Element("nextToken")!.Value);
    }

    [Fact]
    public async Task Pages_hold_together_while_the_clock_runs()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        (string, string)[] query = [("InstanceType.1", "m5.xlarge"), ("MaxResults", "700")];
        var whole = await HistoryAsync(cloud, ("InstanceType.1", "m5.xlarge"));
        var pieces = new List<Row>();
        var token = string.Empty;
        do
        {
            var body = await cloud.Ec2Async("DescribeSpotPriceHistory", token.Length == 0 ? query : [.. query, ("NextToken", token)]);
            pieces.AddRange(Rows(body));
            token = body.Element("nextToken")!.Value;
            cloud.Pass(7200);
        }
        while (token.Length > 0);
        Assert.Equal(whole, pieces);
        Assert.Equal("InvalidNextToken", await cloud.RefusedAsync("DescribeSpotPriceHistory", ("NextToken", "prices-x-1")));
    }

    [Fact]
    public async Task A_recording_is_moved_so_that_its_last_day_is_today()
    {
        var recording = SharedData.Require("aws-spot-price-history/m5.xlarge.json");
        await using var cloud = await BoxedCloud.StartAsync(new() { PriceHistory = recording });
        cloud.Pass(24 * 3600);
        var rows = await HistoryAsync(cloud, ("InstanceType.1", "m5.xlarge"), ("ProductDescription.1", "Linux/UNIX"));
        using var document = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(recording));
        var recorded = document.RootElement.GetProperty("SpotPriceHistory").EnumerateArray()
            .Where(row => row.GetProperty("ProductDescription").GetString() == "Linux/UNIX")
            .Select(row => (At: row.GetProperty("Timestamp").GetDateTimeOffset(), Price: decimal.Parse(row.GetProperty("SpotPrice").GetString()!, CultureInfo.InvariantCulture), Zone: row.GetProperty("AvailabilityZone").GetString()))
            .ToList();
        var newest = recorded.MaxBy(row => row.At);
        Assert.Equal(cloud.Wall.GetUtcNow().Date.AddDays(-1), rows[0].At.UtcDateTime.Date);
        Assert.Equal((newest.At.TimeOfDay, newest.Price), (rows[0].At.TimeOfDay, rows[0].Price));

        // the same steps between the same changes, as far back as 90 days reach
        var zone = recorded.Where(row => row.Zone == "us-east-1a").OrderByDescending(row => row.At).Select(row => row.Price).ToList();
        var served = rows.Where(row => row.Zone == "us-east-1a").Select(row => row.Price).ToList();
        Assert.Equal(zone.Take(served.Count), served);
        Assert.True(served.Count > 30);
    }

    [Fact]
    public async Task A_price_fault_raises_the_price_but_never_above_on_demand()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var before = await CurrentAsync(cloud, "us-east-1a");
        await cloud.ControlAsync("faults", new { kind = "spot-price", pool = new { instanceType = "m5.xlarge", availabilityZone = "us-east-1a" }, factor = 1.2, forSeconds = 600 });
        var during = await CurrentAsync(cloud, "us-east-1a");
        Assert.Equal(Math.Round(before.Price * 1.2m, 4), during.Price);
        Assert.Equal(cloud.Wall.GetUtcNow(), during.At);
        await cloud.ControlAsync("faults", new { kind = "spot-price", pool = new { instanceType = "m5.xlarge", availabilityZone = "us-east-1a" }, factor = 50, forSeconds = 600 });
        Assert.Equal(0.192m, (await CurrentAsync(cloud, "us-east-1a")).Price);
        cloud.Pass(600);
        // the price itself may have moved a little in the meantime
        Assert.InRange((await CurrentAsync(cloud, "us-east-1a")).Price / before.Price, 0.97m, 1.03m);
    }

    [Fact]
    public async Task A_spot_launch_below_the_price_is_refused()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        Assert.Equal("SpotMaxPriceTooLow", await cloud.RefusedAsync(
            "RunInstances", ("ImageId", "ami-1"), ("InstanceType", "m5.xlarge"), ("MinCount", "1"), ("MaxCount", "1"), ("InstanceMarketOptions.MarketType", "spot"), ("InstanceMarketOptions.SpotOptions.MaxPrice", "0.01")));
    }

    [Fact]
    public async Task Placement_scores_are_low_for_fewer_than_three_types_and_can_be_set()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        (string, string)[] three = [("TargetCapacity", "4"), ("SingleAvailabilityZone", "true"), ("InstanceType.1", "m5.xlarge"), ("InstanceType.2", "m5a.xlarge"), ("InstanceType.3", "m6i.xlarge")];
        Assert.All(Scores(await cloud.Ec2Async("GetSpotPlacementScores", three)), score => Assert.InRange(score, 5, 10));
        Assert.All(Scores(await cloud.Ec2Async("GetSpotPlacementScores", three[..3])), score => Assert.InRange(score, 1, 3));
        await cloud.ControlAsync("faults", new { kind = "placement-score", pool = new { availabilityZone = "us-east-1b" }, score = 2 });
        var body = await cloud.Ec2Async("GetSpotPlacementScores", three);
        Assert.Equal("2", body.Descendants("item").Single(item => item.Element("availabilityZoneId")!.Value == "use1-az6").Element("score")!.Value);
        var regional = await cloud.Ec2Async("GetSpotPlacementScores", [.. three.Where(pair => pair.Item1 != "SingleAvailabilityZone"), ("RegionName.1", "us-east-1")]);
        Assert.Equal("us-east-1", regional.Descendants("region").Single().Value);
        Assert.Empty(regional.Descendants("availabilityZoneId"));
    }

    private sealed record Row(DateTimeOffset At, string Type, string Zone, string Product, decimal Price);

    private static IEnumerable<int> Scores(XElement body) => body.Descendants("score").Select(score => int.Parse(score.Value, CultureInfo.InvariantCulture));

    private static async Task<Row> CurrentAsync(BoxedCloud cloud, string zone) => Assert.Single(await HistoryAsync(
        cloud, ("InstanceType.1", "m5.xlarge"), ("ProductDescription.1", "Linux/UNIX"), ("AvailabilityZone", zone), ("StartTime", BoxedCloud.Time(cloud.Wall.GetUtcNow()))));

    private static async Task<List<Row>> HistoryAsync(BoxedCloud cloud, params (string, string)[] query)
    {
        var rows = new List<Row>();
        var token = string.Empty;
        do
        {
            var body = await cloud.Ec2Async("DescribeSpotPriceHistory", token.Length == 0 ? query : [.. query, ("NextToken", token)]);
            rows.AddRange(Rows(body));
            token = body.Element("nextToken")!.Value;
        }
        while (token.Length > 0);
        return rows;
    }

    private static IEnumerable<Row> Rows(XElement body) => body.Descendants("item").Select(item => new Row(
        DateTimeOffset.Parse(item.Element("timestamp")!.Value, CultureInfo.InvariantCulture),
        item.Element("instanceType")!.Value,
        item.Element("availabilityZone")!.Value,
        item.Element("productDescription")!.Value,
        decimal.Parse(item.Element("spotPrice")!.Value, CultureInfo.InvariantCulture)));
}
