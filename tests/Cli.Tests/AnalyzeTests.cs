using System.Text.Json;
using OptiInfra.Cli.Tests.Processes;

namespace OptiInfra.Cli.Tests;

public sealed class AnalyzeTests : IAsyncLifetime
{
    readonly string folder = Directory.CreateTempSubdirectory("optiinfra-analyze").FullName;
    CloudInABox cloud = null!;

    public async ValueTask InitializeAsync() => cloud = await CloudInABox.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await cloud.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    Task<CliResult> AnalyzeAsync(params string[] arguments) => CliProcess.RunAsync(cloud.Environment, ["analyze", .. arguments]);

    string Written(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    static string Fleet(params (string Id, string Type)[] instances) => JsonSerializer.Serialize(new
    {
        Reservations = new[]
        {
            new
            {
                Instances = instances.Select(i => new { InstanceId = i.Id, InstanceType = i.Type, Placement = new { AvailabilityZone = "us-east-1a" }, State = new { Name = "running" } }),
            },
        },
    });

    [Fact]
    public async Task every_instance_of_the_live_account_is_an_opportunity_or_refused_with_its_reason()
    {
        using var json = JsonDocument.Parse((await AnalyzeAsync("--json")).Succeeds().Output);
        var root = json.RootElement;
        Assert.Equal(10, root.GetProperty("instances").GetInt32());
        Assert.Equal(10, root.GetProperty("opportunities").GetArrayLength() + root.GetProperty("refusals").GetArrayLength());
        Assert.Equal(
            root.GetProperty("opportunities").EnumerateArray().Sum(o => o.GetProperty("expectedSavingMonthlyUsd").GetDecimal()),
            root.GetProperty("expectedSavingMonthlyUsd").GetDecimal());
        Assert.All(root.GetProperty("refusals").EnumerateArray(), r => Assert.NotEmpty(r.GetProperty("evidence").GetString()!));
    }

    [Fact]
    public async Task a_file_of_the_same_fleet_reads_as_a_table()
    {
        var output = (await AnalyzeAsync("--fleet", CloudInABox.DemoFile("fleet.json"))).Succeeds().Output;
        Assert.Contains("10 instances in us-east-1", output, StringComparison.Ordinal);
        Assert.Contains("stateful workload", output, StringComparison.Ordinal);
        Assert.Contains("% of the fleet's cost", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_fleet_file_that_cannot_be_used_is_told_in_one_line()
    {
        (await AnalyzeAsync("--fleet", Written("text.json", "hello"))).FailsInOneLine(2, "is no JSON (line 1", "aws ec2 describe-instances");
        (await AnalyzeAsync("--fleet", Written("empty.json", ""))).FailsInOneLine(2, "empty.json is empty");
        (await AnalyzeAsync("--fleet", Written("none.json", Fleet()))).FailsInOneLine(2, "lists no instance");
        (await AnalyzeAsync("--fleet", Written("twice.json", Fleet(("i-1", "m5.xlarge"), ("i-1", "m5.xlarge"))))).FailsInOneLine(2, "lists instance i-1 twice");
        (await AnalyzeAsync("--fleet", Written("type.json", Fleet(("i-1", "m5.humongous"))))).FailsInOneLine(2, "'m5.humongous' (of i-1) is not known");
        (await AnalyzeAsync("--fleet", Path.Combine(folder, "absent.json"))).FailsInOneLine(2, "absent.json cannot be read");
    }

    [Fact]
    public async Task a_price_file_that_cannot_be_used_is_told_in_one_line()
    {
        (await AnalyzeAsync("--prices", Written("negative.csv", "instance_type,usd_per_hour\nm5.xlarge,-0.2\n"))).FailsInOneLine(2, "line 2, has usd_per_hour -0.2; a price is above 0");
        (await AnalyzeAsync("--prices", Written("words.csv", "instance_type,usd_per_hour\nm5.xlarge,much\n"))).FailsInOneLine(2, "'much', which is no number");
        (await AnalyzeAsync("--prices", Written("columns.csv", "a,b\n1,2\n"))).FailsInOneLine(2, "instance_type and usd_per_hour");
        (await AnalyzeAsync("--prices", Path.Combine(folder, "absent.csv"))).FailsInOneLine(2, "absent.csv cannot be read");
        var without = cloud.Environment;
        without.Remove("OPTIINFRA_PRICES");
        (await CliProcess.RunAsync(without, "analyze")).FailsInOneLine(2, "No on-demand prices", "OPTIINFRA_PRICES");
    }

    [Fact]
    public async Task a_cloud_that_is_away_or_refuses_is_told_in_one_line()
    {
        (await AnalyzeAsync("--endpoint", "nowhere")).FailsInOneLine(2, "--endpoint 'nowhere'");
        (await AnalyzeAsync("--endpoint", $"http://127.0.0.1:{TcpRelay.FreePort()}")).FailsInOneLine(3, "The cloud does not answer");
        var stranger = cloud.Environment;
        stranger["AWS_SECRET_ACCESS_KEY"] = "wrong";
        (await CliProcess.RunAsync(stranger, "analyze")).FailsInOneLine(1, "The cloud refuses");
    }

    [Fact]
    public async Task the_demo_without_a_cloud_in_a_box_says_how_to_start_one()
    {
        var real = cloud.Environment;
        real.Remove("AWS_ENDPOINT_URL");
        (await CliProcess.RunAsync(real, "demo")).FailsInOneLine(2, "bash infra/demo.sh");
        var other = cloud.Environment;
        other["OPTIINFRA_CLOCK_SPEED"] = "60";
        (await CliProcess.RunAsync(other, "demo", "--speed", "120")).FailsInOneLine(2, "--speed 120 differs from OPTIINFRA_CLOCK_SPEED=60");
    }
}
