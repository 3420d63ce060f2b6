using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;
using OptiInfra.Gateway.Access;
using OptiInfra.Gateway.Http;

namespace OptiInfra.Gateway.SignIn.OAuth;

/// <summary>Sends people to the provider and gives a session to those who come back with its word for who they are.</summary>
sealed partial class OAuthSignIn(
    GatewayOptions options, OAuthProvider provider, PendingSignIns pending, AccessTokens tokens, FailedSignIns failures, DenialLog denials, ILogger<OAuthSignIn> log)
{
    public const string CallbackPath = "/signin/oauth/callback";
    const int RandomBytes = 32;

    /// <summary>Fixed by the configuration: never what a request's own headers say.</summary>
    string RedirectUri => (options.PublicUrl ?? new Uri(options.Url)).GetLeftPart(UriPartial.Authority) + CallbackPath;

    public async Task<IResult> BeginAsync(HttpContext context, string returnUrl)
    {
        var (state, nonce, verifier, browser) = (Random(), Random(), Random(), Random());
        string endpoint;
        try
        {
            endpoint = (await provider.ConfigurationAsync(context.RequestAborted)).AuthorizationEndpoint;
        }
        catch (OAuthException e)
        {
            LogFailed(e.Message);
            return SignInEndpoints.Page(options, returnUrl, "The identity provider does not answer; try again later.", StatusCodes.Status502BadGateway);
        }

        await pending.AddAsync(state, browser, nonce, verifier, returnUrl, context.RequestAborted);
        BrowserCookie.Write(context, browser);
        return Results.Redirect(QueryHelpers.AddQueryString(endpoint, new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["response_type"] = "code",
            ["client_id"] = options.SignIn.OAuth!.ClientId,
            ["redirect_uri"] = RedirectUri,
            ["scope"] = string.Join(' ', options.SignIn.OAuth.Scopes),
            ["state"] = state,
            ["nonce"] = nonce,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        }));
    }

    public async Task<IResult> FinishAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var address = context.Connection.RemoteIpAddress;
        if (failures.IsBlocked(address))
            return Refuse(context, StatusCodes.Status429TooManyRequests, "too_many_failures", "Too many failed sign-ins from this address; wait a minute.");
        var browser = BrowserCookie.Read(context);
        BrowserCookie.Remove(context);
        if (query["state"] is not [{ Length: > 0 } state] || browser is null || await pending.TakeAsync(state, browser, context.RequestAborted) is not { } began)
        {
            failures.Failed(address);
            return Refuse(context, StatusCodes.Status400BadRequest, "unknown_state", "This sign-in was not begun here, was finished already, or took longer than ten minutes; begin again.");
        }

        if (query["code"] is not [{ Length: > 0 } code])
            return Refuse(context, StatusCodes.Status403Forbidden, "provider_refused", "The identity provider did not sign you in.", began.ReturnUrl);
        try
        {
            var (issuer, claims) = await provider.ClaimsAsync(code, began.Verifier, began.Nonce, RedirectUri, context.RequestAborted);
            // RFC 9207: where the provider says who it is, it must be the one that was asked
            if (query["iss"] is [{ } said] && said != issuer)
                throw new OAuthException("The answer came from another issuer than the one that was asked (iss).");
            return await GiveSessionAsync(context, issuer, claims, began.ReturnUrl);
        }
        catch (OAuthException e)
        {
            failures.Failed(address);
            LogFailed(e.Message);
            return Refuse(context, StatusCodes.Status403Forbidden, "provider_not_believed", "What the identity provider answered could not be believed; the gateway's log says why.", began.ReturnUrl);
        }
    }

    async Task<IResult> GiveSessionAsync(HttpContext context, string issuer, System.Text.Json.Nodes.JsonObject claims, string returnUrl)
    {
        var oauth = options.SignIn.OAuth!;
        var subject = $"{issuer}|{ClaimMapping.Text(claims["sub"])}";
        var name = ClaimMapping.Name(claims, subject);
        var roles = ClaimMapping.Roles(claims, oauth);
        var customers = ClaimMapping.Customers(claims, oauth);
        if (roles.Count == 0 || customers.Count == 0)
            return Refuse(context, StatusCodes.Status403Forbidden, roles.Count == 0 ? "no_role" : "no_customer",
                $"{name} is known, but has no {(roles.Count == 0 ? "role" : "customer")} here; ask whoever runs OptiInfra.", returnUrl);
        var request = new TokenRequest(TokenKind.Session, subject, name, roles, customers, options.SignIn.SessionLifetime, "oauth");
        var outcome = await tokens.IssueAsync(request, new SignInMethod($"oauth {issuer}", context.Connection.RemoteIpAddress?.ToString()), context.RequestAborted);
        if (outcome is not TokenOutcome.Given { Issued: var issued })
            return Refuse(context, StatusCodes.Status403Forbidden, "not_issued", ((TokenOutcome.Refused)outcome).Reason, returnUrl);
        SessionCookie.Write(context, issued.Text);
        return SignInEndpoints.SeeOther(context, returnUrl);
    }

    IResult Refuse(HttpContext context, int status, string code, string reason, string returnUrl = "/")
    {
        denials.Record(null, context.Connection.RemoteIpAddress?.ToString(), "signin by oauth", AccessVerdict.No(code, reason));
        return SignInEndpoints.Page(options, returnUrl, reason, status);
    }

    static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    [LoggerMessage(LogLevel.Warning, "Sign-in by the identity provider failed: {Reason}")]
    partial void LogFailed(string reason);
}

/// <summary>Binds a sign-in to the browser that began it.</summary>
static class BrowserCookie
{
    public static string? Read(HttpContext context) => context.Request.Cookies.TryGetValue(Name(context), out var text) ? text : null;

    public static void Write(HttpContext context, string text) => context.Response.Cookies.Append(Name(context), text, Options(context, TimeSpan.FromMinutes(10)));

    public static void Remove(HttpContext context) => context.Response.Cookies.Delete(Name(context), Options(context, null));

    static string Name(HttpContext context) => context.Request.IsHttps ? "__Host-optiinfra-oauth" : "optiinfra-oauth";

    // Lax: the provider's redirect, which comes from another site, must bring it
    static CookieOptions Options(HttpContext context, TimeSpan? age) => new()
    {
        HttpOnly = true,
        Secure = context.Request.IsHttps,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = age,
        IsEssential = true,
    };
}
