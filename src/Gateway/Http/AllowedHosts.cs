using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using OptiInfra.Gateway.Access;

namespace OptiInfra.Gateway.Http;

/// <summary>
/// Refuses requests under names that are not the gateway's: a page of another site whose name was made to point at this
/// machine would otherwise speak with it as its own. The health pages answer to any name: a cluster's probes ask by address.
/// </summary>
sealed class AllowedHosts
{
    static readonly AccessVerdict.Denied UnknownHost = AccessVerdict.No("unknown_host", "The gateway is not known under this name; OPTIINFRA_GATEWAY_PUBLIC_URL says how it is reached.");

    readonly StringSegment[] allowed;

    public AllowedHosts(GatewayOptions options)
    {
        var url = new Uri(ListenAddress.WithoutWildcard(options.Url));
        var everywhere = IPAddress.TryParse(url.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
        IEnumerable<string> own = ListenAddress.IsLoopback(url) ? ["localhost", "127.0.0.1", "[::1]"] : everywhere ? [] : [url.Host];
        // at every address of the machine and without a public name, nothing tells a right name from a wrong one
        allowed = [.. (options.PublicUrl is { } reached ? own.Append(reached.Host) : own).Select(h => new StringSegment(h))];
    }

    public Task CheckAsync(HttpContext context, RequestDelegate next) =>
        allowed.Length == 0 || HostString.MatchesAny(context.Request.Host.Host, allowed) || context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
            ? next(context)
            : Answers.DenyAsync(context, StatusCodes.Status400BadRequest, UnknownHost);
}
