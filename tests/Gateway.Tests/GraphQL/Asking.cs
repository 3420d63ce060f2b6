using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace OptiInfra.Gateway.Tests.GraphQL;

/// <summary>Asks the gateway as any GraphQL client does.</summary>
static class Asking
{
    static readonly Uri Path = new("/graphql", UriKind.Relative);

    /// <summary>The whole response.</summary>
    public static async Task<JsonElement> AskAsync(this HttpClient client, string query, object? variables = null, string? customer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = JsonContent.Create(new { query, variables }) };
        if (customer is not null)
            request.Headers.Add("X-OptiInfra-Customer", customer);
        using var answer = await client.SendAsync(request);
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>What was asked for; fails where there is an error.</summary>
    public static async Task<JsonElement> DataAsync(this HttpClient client, string query, object? variables = null, string? customer = null)
    {
        var answer = await client.AskAsync(query, variables, customer);
        Assert.False(answer.TryGetProperty("errors", out var errors), errors.ToString());
        return answer.GetProperty("data");
    }

    /// <summary>Code of the only error.</summary>
    public static async Task<(string? Code, string Message)> RefusalAsync(this HttpClient client, string query, object? variables = null, string? customer = null) =>
        Refusal(await client.AskAsync(query, variables, customer));

    public static (string? Code, string Message) Refusal(this JsonElement answer)
    {
        Assert.True(answer.TryGetProperty("errors", out var errors), answer.ToString());
        var error = Assert.Single(errors.EnumerateArray());
        return (error.TryGetProperty("extensions", out var extensions) ? extensions.GetProperty("code").GetString() : null, error.GetProperty("message").GetString()!);
    }

    /// <summary>Results of a subscription over an event stream (graphql-sse, distinct connections).</summary>
    public static async IAsyncEnumerable<JsonElement> FollowAsync(
        this HttpClient client, string query, object? variables = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = JsonContent.Create(new { query, variables }) };
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
            if (line.StartsWith("data: {", StringComparison.Ordinal))
                yield return JsonElement.Parse(line["data: ".Length..]);
    }

    public static async Task<List<JsonElement>> FirstAsync(this IAsyncEnumerable<JsonElement> results, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        List<JsonElement> first = [];
        await foreach (var result in results.WithCancellation(limit.Token))
        {
            first.Add(result);
            if (first.Count == count)
                break;
        }

        return first;
    }
}
