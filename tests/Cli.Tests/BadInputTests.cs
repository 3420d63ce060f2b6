using OptiInfra.Cli.Tests.Processes;

namespace OptiInfra.Cli.Tests;

/// <summary>What is wrong in what a person typed is told in one line, with exit status 2, before anything is contacted.</summary>
public sealed class BadInputTests
{
    static readonly Dictionary<string, string> Nothing = [];
    static readonly Dictionary<string, string> Somewhere = new(StringComparer.Ordinal)
    {
        ["OPTIINFRA_POSTGRES"] = "Host=127.0.0.1;Port=1;Database=d;Username=u;Password=p",
        ["OPTIINFRA_RABBITMQ"] = "amqp://u:p@127.0.0.1:1/v",
    };

    [Fact]
    public async Task no_arguments_show_the_help() => Assert.Contains("migrate", (await CliProcess.RunAsync(Nothing)).Succeeds().Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("'frobnicate' is not known here", "frobnicate")]
    [InlineData("optiinfra run --help", "run", "--frob")]
    [InlineData("--reason", "reject", "0198a000-0000-7000-8000-000000000001")]
    [InlineData("Which migration or job?", "audit")]
    [InlineData("--watch goes with an id", "status", "--watch")]
    public async Task a_command_line_that_cannot_be_read(string words, params string[] arguments) =>
        (await CliProcess.RunAsync(Somewhere, arguments)).FailsInOneLine(2, words);

    [Theory]
    [InlineData("--roles 'sagaz' is no role; there are all, relay", "run", "--roles", "relay,sagaz")]
    [InlineData("--gateway-url 'nowhere'", "run", "--gateway-url", "nowhere")]
    [InlineData("--log-format 'xml'", "run", "--log-format", "xml")]
    [InlineData("Schema 'Bad Name'", "status", "--schema", "Bad Name")]
    [InlineData("OPTIINFRA_POSTGRES is not an Npgsql connection string", "status", "--postgres", "Hosst=x")]
    [InlineData("OPTIINFRA_RABBITMQ is not an address", "run", "--rabbitmq", "http://127.0.0.1")]
    [InlineData("--fleet-tag 'team' is not key=value", "migrate", "--fleet-tag", "team")]
    [InlineData("names the key 'team' twice", "migrate", "--fleet-tag", "team=a", "--fleet-tag", "team=b")]
    [InlineData("'zzz' is not an id of a migration", "status", "zzz")]
    [InlineData("--reason is empty", "cancel", "0198a000-0000-7000-8000-000000000001", "--reason", " ")]
    public async Task a_value_that_makes_no_sense(string words, params string[] arguments) =>
        (await CliProcess.RunAsync(Somewhere, arguments)).FailsInOneLine(2, words);

    [Theory]
    [InlineData("OPTIINFRA_CLOCK_SPEED", "fast", "OPTIINFRA_CLOCK_SPEED 'fast'")]
    [InlineData("OPTIINFRA_CLOCK_SPEED", "0", "OPTIINFRA_CLOCK_SPEED '0'")]
    [InlineData("OPTIINFRA_CLOCK_ORIGIN", "yesterday", "OPTIINFRA_CLOCK_ORIGIN 'yesterday'")]
    public async Task a_clock_that_cannot_be(string variable, string value, string words) =>
        (await CliProcess.RunAsync(new Dictionary<string, string>(Somewhere) { [variable] = value }, "status")).FailsInOneLine(2, words);

    [Fact]
    public async Task nothing_named_at_all()
    {
        (await CliProcess.RunAsync(Somewhere, "run")).FailsInOneLine(2, "The region is not named", "AWS_REGION");
        (await CliProcess.RunAsync(Nothing, "status")).FailsInOneLine(2, "PostgreSQL is not named", "OPTIINFRA_POSTGRES", "infra/services.sh start");
        (await CliProcess.RunAsync(new Dictionary<string, string> { ["OPTIINFRA_POSTGRES"] = Somewhere["OPTIINFRA_POSTGRES"] }, "run"))
            .FailsInOneLine(2, "RabbitMQ is not named", "OPTIINFRA_RABBITMQ");
        (await CliProcess.RunAsync(Somewhere, "schema", "apply")).FailsInOneLine(2, "OPTIINFRA_POSTGRES_OWNER");
    }

    [Theory]
    [InlineData("{ not json", "is no policy (line 1)")]
    [InlineData("null", "holds null")]
    [InlineData("""{ "maxDegradatoin": 0.05 }""", "maxDegradatoin")]
    [InlineData("""{ "maxDegradation": -1 }""", "maxDegradation must lie between 0 and 1")]
    [InlineData("""{ "phaseFractions": [0.5, 0.1, 1] }""", "phaseFractions must ascend")]
    [InlineData("""{ "monitoringWindows": ["00:05:00"] }""", "monitoringWindows must name one window for each of the 3 phases")]
    public async Task a_policy_file_that_is_none(string text, string words)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, text);
            (await CliProcess.RunAsync(Somewhere, "migrate", "--policy", path)).FailsInOneLine(2, "Policy file", words);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task a_policy_file_that_is_not_there() =>
        (await CliProcess.RunAsync(Somewhere, "migrate", "--policy", "/nowhere/policy.json")).FailsInOneLine(2, "/nowhere/policy.json cannot be read");
}
