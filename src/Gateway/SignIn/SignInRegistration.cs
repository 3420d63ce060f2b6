using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Gateway.Access;
using OptiInfra.Gateway.SignIn.OAuth;

namespace OptiInfra.Gateway.SignIn;

static class SignInRegistration
{
    public static IServiceCollection AddSignIn(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<FirstSignIn>().AddHostedService(all => all.GetRequiredService<FirstSignIn>());
        if (options.SignIn.OAuth is not { } oauth)
            return services;
        if (oauth.Problem() is { } problem)
            throw new InvalidOperationException(problem);
        return services.AddSingleton(new OAuthProvider(oauth)).AddSingleton<OAuthSignIn>();
    }

    /// <summary>Only where a provider is configured.</summary>
    public static void MapOAuthSignIn(this IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetService<OAuthSignIn>() is not { } oauth)
            return;
        endpoints.MapGet("/signin/oauth", (HttpContext context, string? returnUrl) => oauth.BeginAsync(context, ReturnUrl.Of(returnUrl))).WithoutSignIn();
        endpoints.MapGet(OAuthSignIn.CallbackPath, (HttpContext context, CancellationToken _) => oauth.FinishAsync(context)).WithoutSignIn();
    }
}
