using System.Globalization;
using System.Net;
using System.Text.Json;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests;

/// <summary>The relay as processes of its own: who leads, what they tell, how they end.</summary>
public sealed class RelayTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    Platform platform = null!;
    RabbitVirtualHost rabbit = null!;

    public async ValueTask InitializeAsync()
    {
        platform = await Platform.CreateAsync();
        rabbit = await RabbitVirtualHost.CreateAsync("cli");
    }

    public async ValueTask DisposeAsync()
    {
        await rabbit.DisposeAsync();
        await platform.DisposeAsync();
    }

    Dictionary<string, string> Environment => new(platform.Environment, StringComparer.Ordinal) { ["OPTIINFRA_RABBITMQ"] = rabbit.AmqpUri.ToString() };

    [Fact]
    public async Task a_leader_that_is_asked_to_stop_hands_over_at_once_and_the_status_says_who_leads()
    {
        var none = await CliProcess.RunAsync(Environment, "relay", "status");
        Assert.Contains("none so far", none.Succeeds().Output, StringComparison.Ordinal);

        var health = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TcpRelay.FreePort()}");
        var withHealth = new Dictionary<string, string>(Environment, StringComparer.Ordinal) { ["OPTIINFRA_PROBE_URL"] = health };
        await using var first = CliProcess.Start(withHealth, "run", "--roles", "relay");
        await first.UntilErrorSaysAsync("Relay leads");
        await using var second = CliProcess.Start(Environment, "run", "--roles", "relay");
        await second.UntilErrorSaysAsync("OptiInfra runs as relay");
        await UntilLeaderAsync(first);
        using var client = new HttpClient { BaseAddress = new Uri(health) };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
using (var ready = await client.GetAsync(new Uri("/health/ready", UriKind.Relative)))
            Assert.Contains("\"relay\"", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);

        first.Terminate();
        await second.UntilErrorSaysAsync("Relay leads");
        Assert.Contains("Stopped.", (await first.EndAsync()).Succeeds().Error, StringComparison.Ordinal);
        await UntilLeaderAsync(second);
        await platform.TellAsync(new MigrationStory().Requested());
        await Eventually.TrueAsync(async () => (await StatusAsync()).GetProperty("position").GetInt64() > 0, Patience, "the event on the bus");

        second.Terminate();
        await second.EndAsync();
        var silent = await CliProcess.RunAsync(Environment, "relay", "status");
        Assert.Contains("Leader    none: the last was", silent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task of_a_leader_that_stands_still_another_takes_over_and_it_leads_no_more_when_it_goes_on()
    {
        // one that had been confirmed and not yet noted may come again, under the same id, which the inbox drops
        var heard = new HashSet<string>(StringComparer.Ordinal);
        async Task<bool> HeardAsync(int events)
        {
            while (await rabbit.TakeAsync("spot-migration-saga") is { MessageId: { } id })
                heard.Add(id);
            return heard.Count == events;
        }

        await using var first = CliProcess.Start(Environment, "run", "--roles", "relay");
        await first.UntilErrorSaysAsync("Relay leads");
        await platform.TellAsync(new MigrationStory().Requested());
        await Eventually.TrueAsync(() => HeardAsync(1), Patience, "the first event in the saga's queue");
        await using var second = CliProcess.Start(Environment, "run", "--roles", "relay");
        await second.UntilErrorSaysAsync("OptiInfra runs as relay");

        first.Signal("STOP");
        await second.UntilErrorSaysAsync("Relay leads");
        await UntilLeaderAsync(second);
        await platform.TellAsync(new MigrationStory(Guid.CreateVersion7()).Requested());
        await Eventually.TrueAsync(() => HeardAsync(2), Patience, "the second event, from the new leader");

        // noted by the new leader: else the old one might note it when it goes on, and the new one would begin again behind it
        await Eventually.TrueAsync(async () => (await StatusAsync()).GetProperty("position").GetInt64() >= 2, Patience, "the second event's checkpoint");

        first.Signal("CONT");
        // it finds its session dead, or before that its checkpoint moved by another
        await Eventually.TrueAsync(
            () => Task.FromResult(first.Error.Contains("leadership was lost", StringComparison.Ordinal) || first.Error.Contains("another process moves it", StringComparison.Ordinal)),
            Patience, "the old leader's end");
        await platform.TellAsync(new MigrationStory(Guid.CreateVersion7()).Requested());
        await Eventually.TrueAsync(async () => (await StatusAsync()).GetProperty("position").GetInt64() >= 3, Patience, "the third event on the bus");
        await Eventually.TrueAsync(() => HeardAsync(3), Patience, "the third event, and no other");
        // on a busy machine the second one may have been silent for too long as well, and says so
        await UntilLeaderAsync(second, () => second.Error.Contains("leadership was lost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_range_is_sent_to_one_endpoint_and_only_to_one_that_exists()
    {
        await using var run = CliProcess.Start(Environment, "run", "--roles", "relay");
        await run.UntilErrorSaysAsync("Relay leads");
        await platform.TellAsync(new MigrationStory().Requested());
        await Eventually.TrueAsync(async () => await rabbit.MessageCountAsync("spot-migration-saga") == 1, Patience, "the event in the saga's queue");

        (await CliProcess.RunAsync(Environment, "relay", "republish", "--from", "1", "--to", "1", "--endpoint", "nobody"))
            .FailsInOneLine(2, "'nobody'", "spot-migration-saga", "cost-agent");
        (await CliProcess.RunAsync(Environment, "relay", "republish", "--from", "3", "--to", "1", "--endpoint", "spot-migration-saga")).FailsInOneLine(2, "--from 3 --to 1");
        var sent = (await CliProcess.RunAsync(Environment, "relay", "republish", "--from", "1", "--to", "1", "--endpoint", "spot-migration-saga", "--forget-inbox", "--as", "ana")).Succeeds();
        Assert.Contains("1 events sent to spot-migration-saga", sent.Output, StringComparison.Ordinal);
        Assert.Contains("Warning: spot-migration-saga will handle events 1 to 1 again", sent.Error, StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => await rabbit.MessageCountAsync("spot-migration-saga") == 2, Patience, "the event once more");
    }

    /// <param name="orAnother">Whether some other process may lead by now.</param>
    async Task UntilLeaderAsync(CliProcess process, Func<bool>? orAnother = null) => await Eventually.TrueAsync(
        async () =>
        {
            var status = await StatusAsync();
            return status.GetProperty("hasLeader").GetBoolean()
                && (status.GetProperty("process").GetString()!.EndsWith(string.Create(CultureInfo.InvariantCulture, $"/{process.Id}"), StringComparison.Ordinal) || orAnother?.Invoke() is true);
        },
        Patience, "the leader in the status");

    async Task<JsonElement> StatusAsync()
    {
        using var json = JsonDocument.Parse((await CliProcess.RunAsync(Environment, "relay", "status", "--json")).Output);
        return json.RootElement.Clone();
    }
}
