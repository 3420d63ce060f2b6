using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests.GraphQL;

public sealed class SubscriptionTests : IAsyncLifetime
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    GatewayFixture gateway = null!;
    HttpClient acme = null!;
    IssuedToken token = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await GatewayFixture.StartAsync();
        token = await gateway.IssueAsync("kim", [Role.Viewer], ["acme"]);
        acme = gateway.NewClient(token.Text);
    }

    public ValueTask DisposeAsync()
    {
        acme.Dispose();
        return gateway.DisposeAsync();
    }

    [Fact]
    public async Task who_comes_again_with_his_last_sequence_misses_nothing_and_sees_nothing_of_others()
    {
        const string query = "subscription All($after: Long) { migrationsChanged(afterSequence: $after) { sequence event { type version } migration { id status version } } }";
        var ours = new MigrationStory(Guid.CreateVersion7(), "acme").Completed();
        await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7(), "globex").Completed());
        await gateway.AppendAsync(ours);

        List<JsonElement> seen = [];
        long after = 0;
        while (seen.Count < ours.Events.Count)
        {
            // each time a connection of its own, which is dropped after a few
            foreach (var result in await acme.FollowAsync(query, new { after }).FirstAsync(Math.Min(7, ours.Events.Count - seen.Count)))
                seen.Add(result.GetProperty("data").GetProperty("migrationsChanged"));
            after = seen[^1].GetProperty("sequence").GetInt64();
        }

        Assert.Equal(Enumerable.Range(1, ours.Events.Count).Select(v => (long)v), seen.Select(change => change.GetProperty("event").GetProperty("version").GetInt64()));
        Assert.All(seen, change => Assert.Equal(ours.Id, change.GetProperty("migration").GetProperty("id").GetGuid()));
        Assert.All(seen, change => Assert.Equal(change.GetProperty("event").GetProperty("version").GetInt64(), change.GetProperty("migration").GetProperty("version").GetInt64()));
        Assert.Equal("PENDING", seen[0].GetProperty("migration").GetProperty("status").GetString());
        Assert.Equal("COMPLETE", seen[^1].GetProperty("migration").GetProperty("status").GetString());
    }

    [Fact]
    public async Task events_are_told_as_they_are_appended_and_only_those_asked_for()
    {
        var story = new MigrationStory(Guid.CreateVersion7(), "acme").Completed();
        using var limit = new CancellationTokenSource(Bound);
        await using var results = acme.FollowAsync(
            """subscription { eventAppended(filter: { types: ["phase_started", "migration_completed"] }, afterSequence: 0) { type streamId } }""", cancellationToken: limit.Token).GetAsyncEnumerator(limit.Token);
        var next = results.MoveNextAsync();
        await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7(), "globex").Completed());
        await gateway.AppendAsync(story);
        List<string> types = [];
        for (; types.Count < 4 && await next; next = results.MoveNextAsync())
        {
            var told = results.Current.GetProperty("data").GetProperty("eventAppended");
            Assert.Equal(story.Id, told.GetProperty("streamId").GetGuid());
            types.Add(told.GetProperty("type").GetString()!);
            if (types.Count == 4)
                break;
        }

        Assert.Equal(["phase_started", "phase_started", "phase_started", "migration_completed"], types);
    }

    async Task<ClientWebSocket> ConnectAsync(string text, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("graphql-transport-ws");
        await socket.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/graphql" }.Uri, cancellationToken);
        await SendAsync(socket, new { type = "connection_init", payload = new { authToken = text } }, cancellationToken);
        return socket;
    }

    static Task SendAsync(ClientWebSocket socket, object message, CancellationToken cancellationToken) =>
        socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, cancellationToken);

    /// <returns>Null once the socket is closed.</returns>
    static async Task<JsonElement?> ReceiveAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        var received = await socket.ReceiveAsync(buffer, cancellationToken);
        return received.MessageType == WebSocketMessageType.Close ? null : JsonElement.Parse(Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [Fact]
    public async Task one_migration_is_followed_over_a_socket_until_the_token_is_revoked()
    {
        using var limit = new CancellationTokenSource(Bound);
        var story = new MigrationStory(Guid.CreateVersion7(), "acme").Requested();
        using var socket = await ConnectAsync(token.Text, limit.Token);
        Assert.Equal("connection_ack", (await ReceiveAsync(socket, limit.Token))!.Value.GetProperty("type").GetString());
        await SendAsync(socket, new { id = "1", type = "subscribe", payload = new { query = "subscription Of($id: UUID!) { migrationChanged(id: $id, afterSequence: 0) { migration { status timeline { kind } } } }", variables = new { id = story.Id } } }, limit.Token);
        await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7(), "acme").Requested());
        await gateway.AppendAsync(story);
        var told = (await ReceiveAsync(socket, limit.Token))!.Value;
        Assert.Equal("""{"status":"PENDING","timeline":[{"kind":"migration_requested"}]}""", told.GetProperty("payload").GetProperty("data").GetProperty("migrationChanged").GetProperty("migration").GetRawText());

        await gateway.Tokens.RevokeAsync(token.Token.Id, "ada", "left");
        // closed or cut off, whichever the socket notices first
        var end = await Record.ExceptionAsync(async () =>
        {
            while (await ReceiveAsync(socket, limit.Token) is not null)
            {
            }
        });
        Assert.False(limit.IsCancellationRequested);
        Assert.True(end is null or WebSocketException, end?.ToString());
    }

    [Fact]
    public async Task a_stream_of_events_ends_with_its_token()
    {
        await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7(), "acme").Requested());
        using var limit = new CancellationTokenSource(Bound);
        await using var results = acme.FollowAsync("subscription { eventAppended(afterSequence: 0) { type } }", cancellationToken: limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.True(await results.MoveNextAsync());
        await gateway.Tokens.RevokeAsync(token.Token.Id, "ada", "left");
        Assert.True(await results.MoveNextAsync());
        Assert.Equal("invalid_token", results.Current.Refusal().Code);
        Assert.False(await results.MoveNextAsync());
    }

    [Fact]
    public async Task a_socket_without_a_good_token_is_closed()
    {
        using var limit = new CancellationTokenSource(Bound);
        using var socket = await ConnectAsync("oi_wrong", limit.Token);
        Assert.Null(await ReceiveAsync(socket, limit.Token));
        Assert.Equal(4403, (int)socket.CloseStatus!.Value);
    }

    [Fact]
    public async Task another_customers_migration_is_not_followed()
    {
        var answer = Assert.Single(await acme.FollowAsync("subscription { migrationsChanged(customer: \"globex\") { sequence } }").FirstAsync(1));
        Assert.Equal("not_your_customer", answer.Refusal().Code);
    }
}
