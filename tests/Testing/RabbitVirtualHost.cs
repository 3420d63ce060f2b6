using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace OptiInfra.Testing;

/// <summary>
/// A RabbitMQ virtual host of a test's own, made and asked through the management API and deleted on dispose
/// together with its connections, exchanges and queues.
/// </summary>
public sealed class RabbitVirtualHost : IAsyncDisposable
{
    private readonly HttpClient _management;

    private RabbitVirtualHost(string name, HttpClient management)
    {
        Name = name;
        _management = management;
        AmqpUri = new UriBuilder(TestServices.RabbitMq) { Path = "/" + name }.Uri;
    }

    public string Name { get; }

    /// <summary>amqp://user:password@host:port/name.</summary>
    public Uri AmqpUri { get; }

    /// <param name="prefix">Begins the virtual host's name; letters, digits, - and _.</param>
    /// <exception cref="InvalidOperationException">The services are not started; the message says how to.</exception>
    public static async Task<RabbitVirtualHost> CreateAsync(string prefix = "t")
    {
        var virtualHost = new RabbitVirtualHost($"{prefix}-{Guid.NewGuid():N}", ManagementClient());
        var user = Uri.UnescapeDataString(TestServices.RabbitMq.UserInfo.Split(':')[0]);
        await virtualHost.SendAsync(HttpMethod.Put, $"vhosts/{virtualHost.Name}", new { });
        await virtualHost.SendAsync(
            HttpMethod.Put,
            $"permissions/{virtualHost.Name}/{Uri.EscapeDataString(user)}",
            new { configure = ".*", write = ".*", read = ".*" });
        return virtualHost;
    }

    /// <summary>The names of the queues, sorted.</summary>
    public async Task<IReadOnlyList<string>> QueuesAsync() =>
        [.. (await QueueTotalsAsync()).Keys.Order(StringComparer.Ordinal)];

    /// <summary>
    /// The messages in a queue now (not of the last statistics interval), ready or delivered without
    /// acknowledgement; null where there is no such queue.
    /// </summary>
    public async Task<long?> MessageCountAsync(string queue) =>
        (await QueueTotalsAsync()).TryGetValue(queue, out var count) ? count : null;

    /// <summary>The exchanges that were declared here, sorted; without the default one and the amq.* ones.</summary>
    public async Task<IReadOnlyList<string>> ExchangesAsync()
    {
        var answer = await SendAsync(HttpMethod.Get, $"exchanges/{Name}");
        return
        [
            .. answer.EnumerateArray()
                .Select(exchange => exchange.GetProperty("name").GetString()!)
                .Where(name => name.Length > 0 && !name.StartsWith("amq.", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The bindings that leave an exchange, as destination names, sorted.</summary>
    public async Task<IReadOnlyList<string>> BoundToAsync(string exchange)
    {
        var answer = await SendAsync(HttpMethod.Get, $"exchanges/{Name}/{Uri.EscapeDataString(exchange)}/bindings/source");
        return
        [
            .. answer.EnumerateArray()
                .Select(binding => binding.GetProperty("destination").GetString()!)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Takes the first ready message out of a queue for good; null where the queue has none.</summary>
    public async Task<RabbitMessage?> TakeAsync(string queue)
    {
        var answer = await SendAsync(
            HttpMethod.Post,
            $"queues/{Name}/{Uri.EscapeDataString(queue)}/get",
            new { count = 1, ackmode = "ack_requeue_false", encoding = "base64" });
        foreach (var message in answer.EnumerateArray())
            return RabbitMessage.From(message);
        return null;
    }

    /// <summary>Breaks every connection to the virtual host that the broker knows of, as a broken network would; returns how many.</summary>
    public async Task<int> CloseConnectionsAsync()
    {
        // the list of connections is a statistic that lags some seconds behind
        var names = new List<string>();
        await Eventually.TrueAsync(
            async () =>
            {
                names = [.. (await SendAsync(HttpMethod.Get, $"vhosts/{Name}/connections")).EnumerateArray()
                    .Where(connection => connection.TryGetProperty("name", out _))
                    .Select(connection => connection.GetProperty("name").GetString()!)];
                return names.Count > 0;
            },
            TimeSpan.FromSeconds(20),
            "a connection in the management API");
        foreach (var name in names)
            await SendAsync(HttpMethod.Delete, $"connections/{Uri.EscapeDataString(name)}");
        return names.Count;
    }

    public async ValueTask DisposeAsync()
    {
        using (_management)
        {
            await SendAsync(HttpMethod.Delete, $"vhosts/{Name}");
        }
    }

    private async Task<Dictionary<string, long>> QueueTotalsAsync()
    {
        // with the statistics off the totals come from the queues themselves
        var answer = await SendAsync(HttpMethod.Get, $"queues/{Name}?disable_stats=true&enable_queue_totals=true");
        return answer.EnumerateArray().ToDictionary(
            queue => queue.GetProperty("name").GetString()!,
            queue => queue.TryGetProperty("messages", out var messages) ? messages.GetInt64() : 0,
            StringComparer.Ordinal);
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var response = await _management.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (method == HttpMethod.Delete && response.StatusCode == HttpStatusCode.NotFound)
            return default;
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode} {text}", inner: null, response.StatusCode);
        if (text.Length == 0)
            return default;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static HttpClient ManagementClient()
    {
        var management = TestServices.RabbitMqManagement;
        var client = new HttpClient
        {
            BaseAddress = new UriBuilder(management) { UserName = "", Password = "", Path = "/api/" }.Uri,
            Timeout = TimeSpan.FromSeconds(60),
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(management.UserInfo))));
        return client;
    }
}
