using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Fleet;
using OptiInfra.CloudSim.Hosting;
using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

public sealed class FleetFileTests
{
    private const string Good = """{"InstanceId":"i-1","InstanceType":"m5.xlarge","Placement":{"AvailabilityZone":"us-east-1a"}}""";

    public static TheoryData<string, string> BadFleets => new()
    {
        { string.Empty, "is empty" },
        { "  \n ", "is empty" },
        { "{ not json", "is not JSON (line 1" },
        { "[]", "no list of Reservations" },
        { """{"Reservations":[]}""", "lists no instances" },
        { """{"Reservations":[{"Instances":[]}]}""", "lists no instances" },
        { """{"Reservations":[{"ReservationId":"r-1"}]}""", "reservation r-1 has no list of Instances" },
        { """{"Reservations":[{"Instances":[{}]}]}""", "instance number 1 has no InstanceId" },
        { $$"""{"Reservations":[{"Instances":[{{Good}},{{Good}}]}]}""", "instance i-1 is listed twice" },
        { Fleet("""{"InstanceId":"i-9","InstanceType":"m99.huge","Placement":{"AvailabilityZone":"us-east-1a"}}"""), "instance i-9: unknown instance type 'm99.huge'" },
        { Fleet("""{"InstanceId":"i-9","InstanceType":"m5.large","Placement":{"AvailabilityZone":"mars-1a"}}"""), "instance i-9: unknown availability zone 'mars-1a'" },
        { Fleet("""{"InstanceId":"i-9","InstanceType":"m5.large"}"""), "instance i-9: no Placement.AvailabilityZone" },
        { Fleet("""{"InstanceId":"i-9","InstanceType":"m5.large","LaunchTime":"soon","Placement":{"AvailabilityZone":"us-east-1a"}}"""), "instance i-9: LaunchTime 'soon' is not a time" },
        { Fleet("""{"InstanceId":"i-9","InstanceType":"m5.large","State":{"Name":"asleep"},"Placement":{"AvailabilityZone":"us-east-1a"}}"""), "instance i-9: unknown state 'asleep'" },
        { Fleet("""{"InstanceId":"i-9","InstanceType":"m5.large","Placement":{"AvailabilityZone":"us-east-1a"},"Tags":[{"Key":"cloudsim:rps","Value":"-3"}]}"""), "instance i-9: tag cloudsim:rps is '-3'" },
        { Fleet("""{"InstanceId":"i-9","InstanceType":"m5.large","Placement":{"AvailabilityZone":"us-east-1a"},"Tags":[{"Key":"cloudsim:pattern","Value":"wild"}]}"""), "instance i-9: tag cloudsim:pattern is 'wild'" },
        { Fleet("\"i-9\""), "instance number 1 has no InstanceId" },
    };

    [Theory]
    [MemberData(nameof(BadFleets))]
    public async Task A_bad_fleet_is_refused_in_one_line_that_names_file_and_fault(string content, string message)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, content);
            var error = Assert.Throws<StartupException>(() => FleetFile.Load(file));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task The_program_ends_with_2_where_the_fleet_is_missing_and_3_where_the_port_is_taken()
    {
        var (code, error) = await RunAsync("--fleet", "/nowhere/fleet.json");
        Assert.Equal(2, code);
        Assert.Equal("cloudsim: fleet file /nowhere/fleet.json does not exist", error.Trim());

        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}");
        (code, error) = await RunAsync("--url", url);
        Assert.Equal(3, code);
        Assert.Contains(url + " is taken", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);

        (code, error) = await RunAsync("--clock-speed", "-2");
        Assert.Equal(2, code);
        Assert.Contains("--clock-speed", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"faults":[{"kind":"degrade","latencyFactor":-1}]}""", "latencyFactor must be above 0")]
    [InlineData("""{"randomCapacityErrors":{"fraction":2}}""", "randomCapacityErrors.fraction must be from 0 to 1")]
    [InlineData("""{"fault":[]}""", "fault")]
    [InlineData("{ nonsense", "'n' is an invalid start")]
    public async Task A_bad_scenario_is_refused_in_one_line(string content, string message)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, content);
            var error = Assert.Throws<StartupException>(() => Faults.Scenario.Load(file));
            Assert.StartsWith($"scenario file {file}: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("""{"SpotPriceHistory":[{"AvailabilityZone":"us-east-1a","InstanceType":"m5.large","ProductDescription":"Linux/UNIX","SpotPrice":"-0.1","Timestamp":"2021-05-31T01:45:44+00:00"}]}""", "row 1 has a negative price")]
    [InlineData("""{"SpotPriceHistory":[{"AvailabilityZone":"us-east-1a"}]}""", "is not output of 'aws ec2 describe-spot-price-history'")]
    [InlineData("""{"SpotPriceHistory":[]}""", "holds no prices")]
    [InlineData("{", "is not output of 'aws ec2 describe-spot-price-history'")]
    public async Task A_bad_price_history_is_refused_in_one_line(string content, string message)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, content);
            var error = Assert.Throws<StartupException>(() => Pricing.RecordedSpotPrices.Load(file, DateTimeOffset.UnixEpoch));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_scenarios_of_the_demo_can_be_read()
    {
        var files = Directory.GetFiles(Path.Combine(ProjectRoot.Path, "infra", "demo"), "scenario-*.json");
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.NotEmpty(Faults.Scenario.Load(file).Faults));
    }

    [Fact]
    public void The_demo_fleet_has_ten_instances_of_five_types_in_three_zones()
    {
        var fleet = FleetFile.Load(BoxedCloud.DemoFleet);
        Assert.Equal(10, fleet.Count);
        Assert.Equal(5, fleet.Select(entry => entry.Type.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(3, fleet.Select(entry => entry.Zone).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(3, fleet.Select(entry => entry.Tags["cloudsim:pattern"]).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Moving_the_six_that_qualify_saves_30_to_40_percent_of_the_demo_fleet()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var fleet = FleetFile.Load(BoxedCloud.DemoFleet);
        var movable = fleet.Where(entry => !entry.Spot && !entry.Type.Burstable && !entry.Tags.ContainsKey("optiinfra:commitment") && entry.Tags.GetValueOrDefault("optiinfra:workload") == "stateless").ToList();
        Assert.Equal(6, movable.Count);
        var saved = 0m;
        foreach (var entry in movable)
        {
            var body = await cloud.Ec2Async("DescribeSpotPriceHistory", ("InstanceType.1", entry.Type.Name), ("StartTime", BoxedCloud.Time(cloud.Wall.GetUtcNow())), ("ProductDescription.1", "Linux/UNIX"));
            saved += entry.Type.OnDemandHourlyUsd - body.Descendants("spotPrice").Min(price => decimal.Parse(price.Value, CultureInfo.InvariantCulture));
        }

        Assert.InRange(saved / fleet.Sum(entry => entry.Type.OnDemandHourlyUsd), 0.30m, 0.40m);
    }

    [Fact]
    public void The_demo_prices_agree_with_the_catalogue_and_know_every_type_of_the_fleet()
    {
        var rows = File.ReadAllLines(Path.Combine(ProjectRoot.Path, "infra", "demo", "on-demand-prices.csv")).Where(line => !line.StartsWith('#')).ToList();
        Assert.Equal("instance_type,usd_per_hour,interruption_band", rows[0]);
        var prices = rows.Skip(1).Select(row => row.Split(',')).ToDictionary(cells => cells[0], cells => (Price: decimal.Parse(cells[1], CultureInfo.InvariantCulture), Band: int.Parse(cells[2], CultureInfo.InvariantCulture)), StringComparer.Ordinal);
        Assert.All(prices, price => Assert.Equal(InstanceCatalogue.Find(price.Key)!.OnDemandHourlyUsd, price.Value.Price));
        Assert.All(prices, price => Assert.InRange(price.Value.Band, 0, 4));
        Assert.All(FleetFile.Load(BoxedCloud.DemoFleet), entry => Assert.Contains(entry.Type.Name, prices.Keys));
    }

    private static string Fleet(string instance) => $$"""{"Reservations":[{"Instances":[{{instance}}]}]}""";

    private static async Task<(int Code, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "cloudsim.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(bound.Token);
        return (process.ExitCode, await error);
    }
}
