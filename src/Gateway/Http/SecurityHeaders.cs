using Microsoft.AspNetCore.Http;

namespace OptiInfra.Gateway.Http;

/// <summary>What a browser may do with the gateway's pages: show them with their own style sheets and scripts, nothing from elsewhere.</summary>
public static class SecurityHeaders
{
    const string Own = "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>For the GraphQL explorer, whose editor styles its lines in place and works in workers; it asks the gateway by fetch.</summary>
    public const string Explorer = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    internal static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Own;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // not no-referrer: under that, browsers hide the origin of a page's own forms, by which they are told from others'
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        return next(context);
    }
}
