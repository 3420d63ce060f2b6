using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using OptiInfra.Gateway.Health;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests;

public sealed class HealthTests
{
    static async Task<(HttpStatusCode Status, JsonElement Checks)> ReadyAsync(GatewayFixture gateway)
    {
        using var answer = await gateway.Anonymous.GetAsync(new Uri("/health/ready", UriKind.Relative));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, json.RootElement.GetProperty("checks").Clone());
    }

    static string? Reason(JsonElement checks, string check) =>
        checks.GetProperty(check).TryGetProperty("reason", out var reason) ? reason.GetString() : null;

    [Fact]
    public async Task an_empty_platform_is_live_and_ready()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        await gateway.RelayedAsync();
        await gateway.ProjectAsync();
        Assert.Equal(HttpStatusCode.OK, (await gateway.Anonymous.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
        var (status, checks) = await ReadyAsync(gateway);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["postgresql", "projections", "rabbitmq", "relay", "schema"], checks.EnumerateObject().Select(c => c.Name));
    }

    [Fact]
    public async Task events_that_nobody_relays_or_projects_are_named_until_somebody_does()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        await gateway.RelayedAsync();
        await gateway.AppendAsync(new MigrationStory().Requested());
        var (status, checks) = await ReadyAsync(gateway);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("migration_requested", Reason(checks, "relay"), StringComparison.Ordinal);
        Assert.Contains("Projection MigrationSummary stands at 0", Reason(checks, "projections"), StringComparison.Ordinal);
        Assert.Null(Reason(checks, "postgresql"));

        await gateway.RelayedAsync();
        Assert.Null(Reason((await ReadyAsync(gateway)).Checks, "relay"));
        await gateway.ProjectAsync();
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync(gateway)).Status);
    }

    [Fact]
    public async Task a_projection_that_is_paused_is_named_without_the_words_of_its_error()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        await gateway.RelayedAsync();
        await gateway.ProjectAsync();
        await using (var session = gateway.Store.LightweightSession())
        {
            session.QueueSqlCommand($"update {gateway.Store.Options.DatabaseSchemaName}.projections set error = 'no room on db-7.internal' where name = 'MigrationSummary'");
            await session.SaveChangesAsync();
        }
        var (status, checks) = await ReadyAsync(gateway);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("Projection MigrationSummary is paused.", Reason(checks, "projections"));
        Assert.DoesNotContain("db-7", checks.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_broker_that_is_away_or_is_none_is_told_apart_but_not_to_those_who_have_not_signed_in()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var answering = Task.Run(async () =>
        {
            using var caller = await silent.AcceptTcpClientAsync();
            await caller.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        });
        await using (var gateway = await GatewayFixture.StartAsync(new Uri($"amqp://127.0.0.1:{port}/")))
        {
            var (status, checks) = await ReadyAsync(gateway);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Equal("It cannot be reached.", Reason(checks, "rabbitmq"));
            Assert.DoesNotContain($"{port}", checks.GetRawText(), StringComparison.Ordinal);
            await answering;
            var again = RabbitMqProbe.ProblemAsync(new Uri($"amqp://127.0.0.1:{port}/"), CancellationToken.None);
            using (var caller = await silent.AcceptTcpClientAsync())
                await caller.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            Assert.Contains($"What listens at 127.0.0.1:{port} is no RabbitMQ", await again, StringComparison.Ordinal);
            silent.Stop();
            Assert.Contains("does not answer", await RabbitMqProbe.ProblemAsync(new Uri($"amqp://127.0.0.1:{port}/"), CancellationToken.None), StringComparison.Ordinal);
            Assert.Equal("It cannot be reached.", Reason((await ReadyAsync(gateway)).Checks, "rabbitmq"));
        }
    }
}
