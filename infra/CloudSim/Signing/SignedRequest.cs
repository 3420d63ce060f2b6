using Microsoft.AspNetCore.Http.Features;

namespace OptiInfra.CloudSim.Signing;

/// <summary>What of an HTTP request goes into its signature.</summary>
/// <param name="Path">As it was sent, percent-encoding and all.</param>
/// <param name="Query">As it was sent, without the question mark.</param>
/// <param name="Header">The value of a header by its lower-case name, several joined by commas; null where absent.</param>
/// <param name="Body">Empty for S3, which signs a hash that a header tells.</param>
public sealed record SignedRequest(string Method, string Path, string Query, Func<string, string?> Header, ReadOnlyMemory<byte> Body)
{
    public static SignedRequest Of(HttpContext context, ReadOnlyMemory<byte> body)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        return new SignedRequest(
            context.Request.Method,
            mark < 0 ? target : target[..mark],
            mark < 0 ? string.Empty : target[(mark + 1)..],
            name => context.Request.Headers.TryGetValue(name, out var values) ? string.Join(',', values.ToArray()) : null,
            body);
    }
}
