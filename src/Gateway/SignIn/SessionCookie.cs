using Microsoft.AspNetCore.Http;

namespace OptiInfra.Gateway.SignIn;

/// <summary>
/// The browser's session. No script can read it, other sites' requests for changes do not carry it (SameSite=Lax; what
/// still gets through, CrossSite refuses), and over TLS no other host can set it (the prefix __Host-).
/// </summary>
static class SessionCookie
{
    const string PlainName = "optiinfra-session";
    const string SecureName = "__Host-optiinfra-session";

    public static string? Read(HttpContext context) => context.Request.Cookies.TryGetValue(Name(context), out var text) ? text : null;

    public static void Write(HttpContext context, string token) => context.Response.Cookies.Append(Name(context), token, Options(context));

    public static void Remove(HttpContext context) => context.Response.Cookies.Delete(Name(context), Options(context));

    static string Name(HttpContext context) => context.Request.IsHttps ? SecureName : PlainName;

    // without an age: the browser forgets it when it closes, and the token's own expiry holds before that
    static CookieOptions Options(HttpContext context) => new()
    {
        HttpOnly = true,
        Secure = context.Request.IsHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
    };
}
