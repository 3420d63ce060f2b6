using Microsoft.AspNetCore.Http;

namespace OptiInfra.Gateway;

/// <summary>What a browser may do with the gateway's pages: show them and their style sheet, nothing else.</summary>
static class SecurityHeaders
{
    const string ContentSecurityPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        return next(context);
    }
}
