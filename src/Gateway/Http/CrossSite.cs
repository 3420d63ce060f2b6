using Microsoft.AspNetCore.Http;
using OptiInfra.Gateway.Access;

namespace OptiInfra.Gateway.Http;

/// <summary>
/// Whether another site may have made a browser send a request. Browsers say where a request comes from in
/// <c>Sec-Fetch-Site</c> (Fetch Metadata, W3C) and <c>Origin</c>; a page's script cannot set either.
/// </summary>
static class CrossSite
{
    public static readonly AccessVerdict.Denied Denied = AccessVerdict.No(
        "cross_site", "A change by a browser's session must come from the gateway's own pages; programs send a token as `Authorization: Bearer …`.");

    /// <summary>A request that may change something, or open a WebSocket, without proof that it comes from the gateway's own pages.</summary>
    public static bool IsSuspect(HttpContext context)
    {
        var request = context.Request;
        var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        return (!reads || context.WebSockets.IsWebSocketRequest) && !IsSameOrigin(request);
    }

    public static bool IsSameOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site)
            return site is ["same-origin"];
        return request.Headers.Origin is [{ } origin] && string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
