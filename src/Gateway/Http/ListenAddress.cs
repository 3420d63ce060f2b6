using System.Net;

namespace OptiInfra.Gateway.Http;

/// <summary>Tokens travel in every request, so that outside of this machine they must travel encrypted.</summary>
public static class ListenAddress
{
    /// <returns>What is wrong with where the gateway is to listen, with the remedy; null when nothing is.</returns>
    public static string? Problem(GatewayOptions options)
    {
        if (!Uri.TryCreate(WithoutWildcard(options.Url), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            return $"'{options.Url}' is not an address such as {GatewayOptions.DefaultUrl}.";
        if (url.Scheme == "https" || IsLoopback(url) || options.AllowPlainHttp)
            return null;
        return $"The gateway would listen at {options.Url} without TLS, where others could read tokens on their way. Listen with https (OPTIINFRA_GATEWAY_CERTIFICATE names the certificate), "
            + "on 127.0.0.1 behind a proxy that brings TLS, or say that such a proxy protects that network: OPTIINFRA_GATEWAY_ALLOW_PLAIN_HTTP=true.";
    }

    /// <summary>The address as a URL; every address of the machine, which Kestrel writes as * or +, as 0.0.0.0.</summary>
    internal static string WithoutWildcard(string url) =>
        url.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal);

    internal static bool IsLoopback(Uri url) => url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
