using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OptiInfra.Commands.Access;
using OptiInfra.Gateway.Access;
using OptiInfra.Gateway.Http;
using OptiInfra.Gateway.Pages;

namespace OptiInfra.Gateway.SignIn;

/// <summary>
/// <c>GET /signin</c>: the page. <c>POST /signin</c>: exchanges a one-time token, as JSON <c>{"token":"oi_…"}</c> for a
/// bearer token, as a form for a session's cookie. <c>POST /signout</c>: revokes the token that asks.
/// </summary>
static class SignInEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/signin", ShowAsync).WithoutSignIn();
        endpoints.MapGet("/signin.js", () => Results.Text(SignInPage.Script, "text/javascript; charset=utf-8")).WithoutSignIn();
        endpoints.MapPost("/signin", SignInAsync).WithoutSignIn();
        endpoints.MapPost("/signout", SignOutAsync);
    }

    static IResult ShowAsync(GatewayOptions options, string? returnUrl) => Page(options, ReturnUrl.Of(returnUrl), null, StatusCodes.Status200OK);

    static async Task<IResult> SignInAsync(HttpContext context, GatewayOptions options, AccessTokens tokens, FailedSignIns failures, DenialLog denials)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : null;
        var token = form is not null ? form["token"].ToString() : await ReadTokenAsync(context);
        var returnUrl = ReturnUrl.Of(form?["returnUrl"].ToString());
        var address = context.Connection.RemoteIpAddress;

        // another site could sign a person in as somebody else
        if (form is not null && CrossSite.IsSuspect(context))
            return await RefuseAsync(StatusCodes.Status403Forbidden, CrossSite.Denied);
        if (failures.IsBlocked(address))
            return await RefuseAsync(StatusCodes.Status429TooManyRequests, AccessVerdict.No("too_many_failures", "Too many failed sign-ins from this address; wait a minute."));
        if (await tokens.ExchangeAsync(token, options.SignIn.SessionLifetime, address?.ToString(), context.RequestAborted) is not TokenOutcome.Given { Issued: var issued })
        {
            failures.Failed(address);
            return await RefuseAsync(StatusCodes.Status401Unauthorized, AccessVerdict.No("invalid_token", "The token is unknown, expired or was used; `optiinfra token create --one-time` makes another."));
        }

        if (form is null)
            return Results.Json(new { token = issued.Text, expiresAt = issued.Token.ExpiresAt, name = issued.Token.Name, roles = issued.Token.Roles.Select(AccessPolicy.Word), customers = issued.Token.Customers });
        SessionCookie.Write(context, issued.Text);
        return SeeOther(context, returnUrl);

        async Task<IResult> RefuseAsync(int status, AccessVerdict.Denied denied)
        {
            denials.Record(null, address?.ToString(), "signin", denied);
            if (form is not null)
                return Page(options, returnUrl, denied.Reason, status);
            await Answers.DenyAsync(context, status, denied);
            return Results.Empty;
        }
    }

    static async Task<IResult> SignOutAsync(HttpContext context, AccessTokens tokens)
    {
        var caller = context.RequiredCaller();
        await tokens.RevokeAsync(caller.TokenId, caller.Id, "signed out", context.RequestAborted);
        if (!caller.ByCookie)
            return Results.NoContent();
        SessionCookie.Remove(context);
        return SeeOther(context, "/signin");
    }

    /// <summary>303: the browser asks for the next page by GET.</summary>
    public static IResult SeeOther(HttpContext context, string url)
    {
        context.Response.Headers.Location = url;
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    public static IResult Page(GatewayOptions options, string returnUrl, string? problem, int status) =>
        Results.Text(SignInPage.Of(returnUrl, options.SignIn.OAuth?.Name, problem), "text/html; charset=utf-8", System.Text.Encoding.UTF8, status);

    static async Task<string?> ReadTokenAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
            return null;
        try
        {
            using var json = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
            return json.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("token", out var token) && token.ValueKind == JsonValueKind.String ? token.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // no JSON, or a string that is no text
            return null;
        }
    }
}
