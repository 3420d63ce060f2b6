using System.Net;
using System.Net.Sockets;
using System.Text.Json;
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
    public async Task a_broker_that_is_away_or_is_none_is_told_apart()
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
            Assert.Contains("is no RabbitMQ", Reason(checks, "rabbitmq"), StringComparison.Ordinal);
            await answering;
            silent.Stop();
            Assert.Contains("does not answer", Reason((await ReadyAsync(gateway)).Checks, "rabbitmq"), StringComparison.Ordinal);
        }
    }
}
