using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests.Gateway;

/// <summary>The gateway as a process of its own, which strangers wish ill.</summary>
public sealed class AbuseTests
{
    const int Requests = 10_000;
    const int AtOnce = 8;
    const int Slow = 50;
    const long LargestAnswer = 256 * 1024;
    /// <summary>Hexadecimal, of managed memory, 128 MiB: beyond it the process ends. What each request left behind would fill it soon.</summary>
    const string HeapLimit = "8000000";
    static readonly TimeSpan Bound = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task ten_thousand_hostile_requests_are_refused_and_leave_it_answering_with_its_memory_flat()
    {
        await using var platform = await Platform.CreateAsync();
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TcpRelay.FreePort()}");
        var environment = new Dictionary<string, string>(platform.Environment, StringComparer.Ordinal)
        {
            ["OPTIINFRA_GATEWAY_URL"] = url,
            ["DOTNET_GCHeapHardLimit"] = HeapLimit,
            // the limits behind this one are what is tried
            ["OPTIINFRA_GATEWAY_REQUESTS_PER_SECOND"] = "100000",
            ["OPTIINFRA_GATEWAY_REQUEST_BURST"] = "1000000",
        };
        await using var run = CliProcess.Start(environment, "run", "--roles", "gateway");
        await run.UntilErrorSaysAsync("OptiInfra runs as gateway");
        var key = (await platform.RunAsync("token", "create", "--name", "eve", "--role", "operator", "--for-customer", "acme")).Succeeds().Output.Trim();
        using var limit = new CancellationTokenSource(Bound);
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);

        // open all the while, and sending next to nothing
        var slow = new List<Task<int>>();
        for (var i = 0; i < Slow; i++)
            slow.Add(TrickleAsync(new Uri(url), key, i, limit.Token));

        await SendAsync(client, limit.Token);
        Assert.Equal("""{"data":{"me":{"name":"eve"}}}""", await AnswerAsync(client, limit.Token));
        // each was cut off, or told so; none was left open
        Assert.All(await Task.WhenAll(slow), answered => Assert.True(answered is 0 or 400 or 408, $"{answered}"));
        Assert.False(run.HasExited);
        Assert.DoesNotContain(" error ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("OutOfMemory", run.Error, StringComparison.Ordinal);
    }

    static async Task SendAsync(HttpClient client, CancellationToken cancellationToken)
    {
        var faults = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (number, token) =>
        {
            using var request = HostileRequests.Make(number);
            var what = $"{number}: {request.Method} {request.RequestUri}"[..Math.Min(80, $"{number}: {request.Method} {request.RequestUri}".Length)];
            try
            {
                using var answer = await client.SendAsync(request, token);
                var text = await answer.Content.ReadAsStringAsync(token);
                if ((int)answer.StatusCode >= 500 || text.Length > LargestAnswer || text.Contains("   at ", StringComparison.Ordinal) || text.Contains("Npgsql", StringComparison.Ordinal))
                    faults.Enqueue($"{what}: {(int)answer.StatusCode} {text.Length} {text[..Math.Min(300, text.Length)]}");
            }
            catch (HttpRequestException e) when (request.Content?.Headers.ContentLength > 256 * 1024)
            {
                // told before all of it was sent, and cut off: the client may see either
                _ = e;
            }

            if (number % 500 == 0)
                Assert.Equal("""{"data":{"me":{"name":"eve"}}}""", await AnswerAsync(client, token));
        });
        Assert.Empty(faults);
    }

    static async Task<string> AnswerAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsJsonAsync(new Uri("/graphql", UriKind.Relative), new { query = "{ me { name } }" }, cancellationToken);
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>A head or a body that never ends, or a socket on which nothing is said.</summary>
    /// <returns>The status of the answer; 0 where the connection was closed without one.</returns>
    static async Task<int> TrickleAsync(Uri url, string key, int number, CancellationToken cancellationToken)
    {
        if (number % 3 == 2)
        {
            using var silent = new ClientWebSocket();
            silent.Options.AddSubProtocol("graphql-transport-ws");
            await silent.ConnectAsync(new UriBuilder(url) { Scheme = "ws", Path = "/graphql" }.Uri, cancellationToken);
            var closed = await silent.ReceiveAsync(new byte[100], cancellationToken);
            return closed.MessageType is WebSocketMessageType.Close && (int?)silent.CloseStatus == 4408 ? 0 : -1;
        }

        using var connection = new TcpClient();
        await connection.ConnectAsync(url.Host, url.Port, cancellationToken);
        await using var stream = connection.GetStream();
        var head = $"POST /graphql HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(number % 3 == 0 ? head : head + "\r\n{\"query\":\""), cancellationToken);
        using var reader = new StreamReader(stream);
        try
        {
            return await reader.ReadLineAsync(cancellationToken) is { Length: > 12 } line ? int.Parse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
