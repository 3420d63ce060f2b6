using System.Globalization;
using System.Net;
using Npgsql;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests;

/// <summary>PostgreSQL and RabbitMQ away at the start and in the middle.</summary>
public sealed class ServicesAwayTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    Platform platform = null!;
    RabbitVirtualHost rabbit = null!;
    TcpRelay postgresPath = null!;
    TcpRelay rabbitPath = null!;
    string gateway = "";

    public async ValueTask InitializeAsync()
    {
        platform = await Platform.CreateAsync(applied: false);
        rabbit = await RabbitVirtualHost.CreateAsync("cli");
        var postgres = new NpgsqlConnectionStringBuilder(TestServices.Postgres);
        postgresPath = new TcpRelay(postgres.Host!, postgres.Port);
        rabbitPath = new TcpRelay(rabbit.AmqpUri.Host, rabbit.AmqpUri.Port);
        gateway = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TcpRelay.FreePort()}");
    }

    public async ValueTask DisposeAsync()
    {
        await postgresPath.DisposeAsync();
        await rabbitPath.DisposeAsync();
        await rabbit.DisposeAsync();
        await platform.DisposeAsync();
    }

    Dictionary<string, string> Environment => new(platform.Environment, StringComparer.Ordinal)
    {
        ["OPTIINFRA_POSTGRES"] = Through(platform.Environment["OPTIINFRA_POSTGRES"]),
        ["OPTIINFRA_POSTGRES_OWNER"] = Through(platform.Environment["OPTIINFRA_POSTGRES_OWNER"]),
        ["OPTIINFRA_RABBITMQ"] = new UriBuilder(rabbit.AmqpUri) { Host = "127.0.0.1", Port = rabbitPath.Port }.Uri.ToString(),
        ["OPTIINFRA_GATEWAY_URL"] = gateway,
        ["OPTIINFRA_PROXY_URL"] = "http://127.0.0.1:0",
        ["AWS_REGION"] = "us-east-1",
    };

    string Through(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = postgresPath.Port }.ConnectionString;

    [Theory]
    [InlineData("status")]
    [InlineData("migrate")]
    [InlineData("audit", "verify")]
    [InlineData("schema", "apply")]
    public async Task a_command_without_postgresql_says_where_it_looked(params string[] arguments) =>
        (await CliProcess.RunAsync(Environment, arguments)).FailsInOneLine(3, "PostgreSQL does not answer at 127.0.0.1:", "OPTIINFRA_POSTGRES");

    [Fact]
    public async Task a_command_without_the_schema_says_how_to_get_it()
    {
        postgresPath.Up();
        (await CliProcess.RunAsync(Environment, "status")).FailsInOneLine(1, "optiinfra schema apply");
        Assert.Contains("up to date", (await CliProcess.RunAsync(Environment, "schema", "apply")).Succeeds().Output, StringComparison.Ordinal);
        (await CliProcess.RunAsync(Environment, "schema", "apply")).Succeeds();
        (await CliProcess.RunAsync(Environment, "status")).Succeeds();
    }

    [Fact]
    public async Task a_user_whom_postgresql_refuses_is_told_so()
    {
        postgresPath.Up();
        var environment = Environment;
        environment["OPTIINFRA_POSTGRES"] = new NpgsqlConnectionStringBuilder(environment["OPTIINFRA_POSTGRES"]) { Password = "wrong" }.ConnectionString;
        (await CliProcess.RunAsync(environment, "status")).FailsInOneLine(3, "does not let the user in", "OPTIINFRA_POSTGRES");
    }

    [Fact]
    public async Task the_platform_waits_for_both_starts_when_they_come_and_stops_when_asked()
    {
        await using var run = CliProcess.Start(Environment, "run");
        await run.UntilErrorSaysAsync("Waiting for PostgreSQL at 127.0.0.1:");
        postgresPath.Up();
        await run.UntilErrorSaysAsync("Waiting for RabbitMQ at 127.0.0.1:");
        rabbitPath.Up();
        await run.UntilErrorSaysAsync("OptiInfra runs as all");
        await ReadyAsync(HttpStatusCode.OK);
        run.Terminate();
        var ended = (await run.EndAsync()).Succeeds();
        Assert.EndsWith("Stopped.\n", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_platform_that_still_waits_can_be_stopped()
    {
        await using var run = CliProcess.Start(Environment, "run");
        await run.UntilErrorSaysAsync("Waiting for PostgreSQL");
        run.Terminate();
        (await run.EndAsync()).Succeeds();
    }

    [Fact]
    public async Task what_goes_away_in_the_middle_is_told_by_the_readiness_page_and_waited_for()
    {
        postgresPath.Up();
        rabbitPath.Up();
        await using var run = CliProcess.Start(Environment, "run");
        await run.UntilErrorSaysAsync("OptiInfra runs as all");
        await ReadyAsync(HttpStatusCode.OK);

        rabbitPath.Down();
        Assert.Contains("It cannot be reached.", await ReadyAsync(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
        rabbitPath.Up();
        await ReadyAsync(HttpStatusCode.OK);

        postgresPath.Down();
        await ReadyAsync(HttpStatusCode.ServiceUnavailable);
        using (var client = new HttpClient())
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(gateway + "/health/live"))).StatusCode);
        postgresPath.Up();
        await ReadyAsync(HttpStatusCode.OK);

        run.Terminate();
        var ended = (await run.EndAsync()).Succeeds();
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    /// <returns>The page, once it has the given status.</returns>
    async Task<string> ReadyAsync(HttpStatusCode expected)
    {
        using var client = new HttpClient();
        var last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using var answer = await client.GetAsync(new Uri(gateway + "/health/ready"));
                    last = await answer.Content.ReadAsStringAsync();
                    return answer.StatusCode == expected;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            Patience,
            $"{expected} of the readiness page");
        return last;
    }
}
