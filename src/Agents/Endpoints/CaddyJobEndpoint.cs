using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OptiInfra.Commands.LiveMigrations;

namespace OptiInfra.Agents.Endpoints;

/// <summary>Where Caddy's admin API is, and where its users call the jobs.</summary>
/// <param name="Admin">For example http://127.0.0.1:2019.</param>
/// <param name="Listen">A listener address as Caddy writes it, used where Caddy has no server <c>optiinfra</c> yet.</param>
public sealed record CaddyOptions(Uri Admin, string Listen)
{
    public const string DefaultListen = "127.0.0.1:5070";
    /// <summary>How long Caddy, or a trainer that is to get the endpoint, may take to answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// Caddy as the proxy, by its admin API (https://caddyserver.com/docs/api): a route per job in the server <c>optiinfra</c>, replaced
/// as a whole. Caddy has to keep its configuration over restarts (<c>--resume</c>). With each change it opens a listener beside the
/// one before and closes that; requests under way finish, but Linux resets connections that wait there to be accepted, unless
/// <c>net.ipv4.tcp_migrate_req</c> is 1.
/// </summary>
public sealed class CaddyJobEndpoint(HttpClient http, CaddyOptions options) : IJobEndpoint
{
    const string Server = "/config/apps/http/servers/optiinfra";

    public async Task<EndpointState> LeadToAsync(string tenantId, Guid jobId, int epoch, string address, CancellationToken ct)
    {
        try
        {
            var now = await ReadAsync(jobId, ct).ConfigureAwait(false);
            if (now is not null && now.Epoch == epoch && now.Address == address)
                return new EndpointState(true, null);
            if (await UnhealthyAsync(address, ct).ConfigureAwait(false) is { } problem)
                return new EndpointState(false, problem);
            var route = CaddyRoute.Of(jobId, epoch, address, now).ToJson();
            if (now is null)
            {
                await EnsureServerAsync(ct).ConfigureAwait(false);
                // before the one that says that there is nothing
                await SendAsync(HttpMethod.Put, $"{Server}/routes/0", route, ct).ConfigureAwait(false);
            }
            else
                await SendAsync(HttpMethod.Patch, $"/id/{CaddyRoute.IdOf(jobId)}", route, ct).ConfigureAwait(false);
            // the listener before this change may take a connection or two more, so that it is done only when asked again
            return new EndpointState(false, null);
        }
        catch (HttpRequestException e)
        {
            return new EndpointState(false, $"Caddy at {options.Admin}: {e.Message}");
        }
    }

    public async Task<int> InFlightElsewhereAsync(string tenantId, Guid jobId, int epoch, CancellationToken ct)
    {
        try
        {
            if (await ReadAsync(jobId, ct).ConfigureAwait(false) is not { } now)
                return 0;
            var upstreams = await SendAsync(HttpMethod.Get, "/reverse_proxy/upstreams", null, ct).ConfigureAwait(false);
            var left = upstreams?.AsArray().Where(u => now.Left.Contains((string?)u?["address"], StringComparer.Ordinal)).Sum(u => (int?)u?["num_requests"] ?? 0) ?? 0;
            return now.Epoch == epoch ? left : left + 1;
        }
        catch (HttpRequestException)
        {
            return 1;
        }
    }

    /// <exception cref="HttpRequestException">Caddy could not be asked; ask again.</exception>
    public async Task CloseAsync(string tenantId, Guid jobId, CancellationToken ct)
    {
        if (await ReadAsync(jobId, ct).ConfigureAwait(false) is not null)
            await SendAsync(HttpMethod.Delete, $"/id/{CaddyRoute.IdOf(jobId)}", null, ct).ConfigureAwait(false);
    }

    async Task<CaddyRoute?> ReadAsync(Guid jobId, CancellationToken ct)
    {
        using var response = await AskAsync(HttpMethod.Get, $"/id/{CaddyRoute.IdOf(jobId)}", null, ct).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        return CaddyRoute.Read(await CheckedAsync(response, ct).ConfigureAwait(false));
    }

    async Task EnsureServerAsync(CancellationToken ct)
    {
        // where the path is not there yet at all, Caddy answers 400
        using (var there = await AskAsync(HttpMethod.Get, Server, null, ct).ConfigureAwait(false))
        {
            if (there.StatusCode == HttpStatusCode.OK && await there.Content.ReadFromJsonAsync<JsonNode>(ct).ConfigureAwait(false) is not null)
                return;
        }

        using var made = await AskAsync(HttpMethod.Put, Server, CaddyRoute.Server(options.Listen), ct).ConfigureAwait(false);
        // 409: somebody else has made it in between
        if (made.StatusCode != HttpStatusCode.Conflict)
            await CheckedAsync(made, ct).ConfigureAwait(false);
    }

    async Task<string?> UnhealthyAsync(string address, CancellationToken ct)
    {
        var url = $"http://{address}{TrainerService.Health}";
        try
        {
            using var bounded = Bounded(ct);
            using var response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, bounded.Token).ConfigureAwait(false);
            return response.StatusCode is TrainerService.Done ? null : string.Create(CultureInfo.InvariantCulture, $"{url} answers {(int)response.StatusCode}.");
        }
        catch (HttpRequestException e)
        {
            return $"{url} cannot be reached: {e.Message}";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"{url} does not answer within {options.Timeout.TotalSeconds:0.#} s.";
        }
    }

    async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken ct)
    {
        using var response = await AskAsync(method, path, body, ct).ConfigureAwait(false);
        return await CheckedAsync(response, ct).ConfigureAwait(false);
    }

    async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, JsonNode? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(options.Admin, path)) { Content = body is null ? null : JsonContent.Create(body) };
        // Caddy resets those that are idle when its configuration changes
        request.Headers.ConnectionClose = true;
        try
        {
            using var bounded = Bounded(ct);
            return await http.SendAsync(request, bounded.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer within {options.Timeout.TotalSeconds:0.#} s", e);
        }
    }

    static async Task<JsonNode?> CheckedAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var text = await response.Content.ReadAsStringAsync(ct).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException(string.Create(CultureInfo.InvariantCulture, $"it answers {(int)response.StatusCode} ({text.Trim()})"));
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    CancellationTokenSource Bounded(CancellationToken ct)
    {
        var bounded = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // the network runs on the wall's time, whatever the product's clock does
        bounded.CancelAfter(options.Timeout);
        return bounded;
    }
}
