using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>Headers that go through, in both directions: all but those of one connection (RFC 9110, section 7.6.1).</summary>
static class ForwardedHeaders
{
    static readonly HashSet<string> OfOneConnection = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization, HeaderNames.ProxyConnection,
        HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade,
    };

    /// <summary>Said by the proxy itself; what a client claims of itself is not passed on.</summary>
    static readonly HashSet<string> SaidHere = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.Host, HeaderNames.ContentLength, HeaderNames.Expect, "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto",
    };

    public static void Copy(HttpRequest from, Guid job, HttpRequestMessage to)
    {
        var named = Named(from.Headers.Connection);
        foreach (var (name, values) in from.Headers)
            if (!name.StartsWith(':') && !OfOneConnection.Contains(name) && !SaidHere.Contains(name) && !named.Contains(name))
                Add(to, name, values);
        if (from.HttpContext.Connection.RemoteIpAddress is { } client)
            to.Headers.TryAddWithoutValidation("X-Forwarded-For", (client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client).ToString());
        to.Headers.TryAddWithoutValidation("X-Forwarded-Proto", from.Scheme);
        if (from.Host.HasValue)
            to.Headers.TryAddWithoutValidation("X-Forwarded-Host", from.Host.Value);
        to.Headers.TryAddWithoutValidation("X-Forwarded-Prefix", $"/jobs/{job:D}");
    }

    public static void Copy(HttpResponseMessage from, HttpResponse to)
    {
        to.StatusCode = (int)from.StatusCode;
        var named = Named(from.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var connection) ? new StringValues([.. connection]) : default);
        foreach (var headers in new[] { from.Headers.NonValidated, from.Content.Headers.NonValidated })
            foreach (var (name, values) in headers)
                if (!OfOneConnection.Contains(name) && !named.Contains(name))
                    to.Headers.Append(name, new StringValues([.. values]));
    }

    static void Add(HttpRequestMessage to, string name, StringValues values)
    {
        if (!to.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            to.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
    }

    static HashSet<string> Named(StringValues connection) =>
        new(connection.SelectMany(line => line?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? []), StringComparer.OrdinalIgnoreCase);
}
