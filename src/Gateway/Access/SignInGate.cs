using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OptiInfra.Gateway.Http;

namespace OptiInfra.Gateway.Access;

/// <summary>Lets nobody to an endpoint who is not signed in, unless the endpoint says otherwise.</summary>
sealed class SignInGate(CallerReader reader, DenialLog denials)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var need = context.GetEndpoint() is { } endpoint ? endpoint.Metadata.GetMetadata<SignInNeed>() ?? SignInNeed.Always : SignInNeed.Never;
        if (need == SignInNeed.Never)
        {
            await next(context);
            return;
        }

        var reading = await reader.ReadAsync(context);
        if (reading.Caller is not { } caller)
        {
            if (reading.Fault is null && need == SignInNeed.AtConnectionInit && context.WebSockets.IsWebSocketRequest)
                await next(context);
            else
                await RefuseAsync(context, reading.Fault);
            return;
        }

        if (caller.ByCookie && CrossSite.IsSuspect(context))
        {
            denials.Record(caller, context.Connection.RemoteIpAddress?.ToString(), context.GetEndpoint()!.DisplayName ?? "page", CrossSite.Denied);
            await Answers.DenyAsync(context, StatusCodes.Status403Forbidden, CrossSite.Denied);
            return;
        }

        context.SignIn(caller);
        await next(context);
    }

    static Task RefuseAsync(HttpContext context, AccessVerdict.Denied? fault)
    {
        if (HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Redirect("/signin?returnUrl=" + Uri.EscapeDataString(context.Request.PathBase + context.Request.Path + context.Request.QueryString));
            return Task.CompletedTask;
        }

        if (fault is { Code: "too_many_failures" })
            return Answers.DenyAsync(context, StatusCodes.Status429TooManyRequests, fault);
        context.Response.Headers.WWWAuthenticate = fault is null ? "Bearer realm=\"OptiInfra\"" : "Bearer realm=\"OptiInfra\", error=\"invalid_token\"";
        return Answers.DenyAsync(context, StatusCodes.Status401Unauthorized, fault ?? (AccessVerdict.Denied)AccessPolicy.Decide(null, ""));
    }
}

/// <summary>Whether an endpoint asks for sign-in; without this it does.</summary>
public sealed class SignInNeed
{
    SignInNeed() { }

    internal static SignInNeed Always { get; } = new();
    internal static SignInNeed Never { get; } = new();
    internal static SignInNeed AtConnectionInit { get; } = new();
}

public static class SignInNeeds
{
    /// <summary>Open to everybody: it must not tell or do anything.</summary>
    public static TBuilder WithoutSignIn<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(SignInNeed.Never);

    /// <summary>
    /// A WebSocket may be opened before sign-in: its first message must bring the token, which
    /// <see cref="CallerReader.ReadConnectionInitAsync"/> reads. Every other request needs it at once.
    /// </summary>
    public static TBuilder WithSignInAtConnectionInit<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(SignInNeed.AtConnectionInit);
}
