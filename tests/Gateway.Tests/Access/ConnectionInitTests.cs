using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Contracts.Access;
using OptiInfra.Gateway.Access;

namespace OptiInfra.Gateway.Tests.Access;

/// <summary>A WebSocket whose first message brings the token, and which ends when the token does.</summary>
public sealed class ConnectionInitTests
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>Reads the payload, says who that is, and closes when the token has ended.</summary>
    static void Map(WebApplication app) => app.Map("/socket", async (HttpContext context, CallerReader reader, LiveCallers live) =>
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        var first = await socket.ReceiveAsync(buffer, CancellationToken.None);
        using var payload = JsonDocument.Parse(buffer.AsMemory(0, first.Count));
        var reading = await reader.ReadConnectionInitAsync(context, payload.RootElement);
        await socket.SendAsync(Encoding.UTF8.GetBytes(reading.Caller?.Id ?? reading.Fault?.Code ?? "nobody"), WebSocketMessageType.Text, true, CancellationToken.None);
        if (reading.Caller is not { } caller)
            return;
        using var watched = live.Watch(caller);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registered = watched.Ended.Register(ended.SetResult);
        await ended.Task;
        await socket.CloseOutputAsync((WebSocketCloseStatus)4403, "the token has ended", CancellationToken.None);
    }).WithSignInAtConnectionInit();

    static async Task<(ClientWebSocket Socket, string Said)> ConnectAsync(GatewayFixture gateway, string payload)
    {
        using var limit = new CancellationTokenSource(Bound);
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/socket" }.Uri, limit.Token);
        await socket.SendAsync(Encoding.UTF8.GetBytes(payload), WebSocketMessageType.Text, true, limit.Token);
        var buffer = new byte[4096];
        var said = await socket.ReceiveAsync(buffer, limit.Token);
        return (socket, Encoding.UTF8.GetString(buffer, 0, said.Count));
    }

    [Fact]
    public async Task the_first_message_names_the_caller_in_any_of_the_usual_ways()
    {
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, map: Map);
        var token = (await gateway.IssueAsync("kim", [Role.Viewer], ["acme"])).Text;
        foreach (var (payload, expected) in ((string, string)[])
        [
            ($$"""{"Authorization":"Bearer {{token}}"}""", "key:kim"),
            ($$"""{"authorization":"{{token}}"}""", "key:kim"),
            ($$"""{"authToken":"{{token}}"}""", "key:kim"),
            ("""{"authToken":"oi_wrong"}""", "invalid_token"),
            ("""{"authToken":7}""", "nobody"),
            ("{}", "nobody"),
            ("null", "nobody"),
        ])
        {
            var (socket, said) = await ConnectAsync(gateway, payload);
            using (socket)
                Assert.Equal(expected, said);
        }
    }

    [Fact]
    public async Task a_connection_ends_soon_after_its_token_is_revoked_in_another_process()
    {
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, map: Map);
        await using var other = await GatewayFixture.StartAsync(_ => { }, beside: gateway);
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["acme"]);
        var (socket, said) = await ConnectAsync(gateway, $$"""{"authToken":"{{issued.Text}}"}""");
        Assert.Equal("key:kim", said);
        await other.Tokens.RevokeAsync(issued.Token.Id, "ada", "left");
        using var limit = new CancellationTokenSource(Bound);
        var closed = await socket.ReceiveAsync(new byte[100], limit.Token);
        Assert.Equal((WebSocketMessageType.Close, 4403), (closed.MessageType, (int)closed.CloseStatus!.Value));
        socket.Dispose();
    }

    [Fact]
    public async Task a_plain_request_to_such_an_endpoint_needs_its_token_at_once()
    {
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, map: Map);
        using var answer = await gateway.Anonymous.GetAsync(new Uri("/socket", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task another_sites_page_cannot_open_a_socket_with_a_persons_cookie()
    {
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, map: Map);
        var session = await gateway.IssueAsync("kim", [Role.Viewer], ["acme"], kind: TokenKind.Session);
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        socket.Options.SetRequestHeader("Cookie", $"optiinfra-session={session.Text}");
        socket.Options.SetRequestHeader("Origin", "https://evil.example");
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new UriBuilder(gateway.Url) { Scheme = "ws", Path = "/socket" }.Uri, CancellationToken.None));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }
}
