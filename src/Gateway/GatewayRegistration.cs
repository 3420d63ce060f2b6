using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using OptiInfra.Commands;
using OptiInfra.Gateway.Access;
using OptiInfra.Gateway.GraphiQL;
using OptiInfra.Gateway.GraphQL;
using OptiInfra.Gateway.Health;
using OptiInfra.Gateway.Http;
using OptiInfra.Gateway.Pages;
using OptiInfra.Gateway.SignIn;

namespace OptiInfra.Gateway;

public static class GatewayRegistration
{
    /// <summary>The gateway's services and address; needs an <c>IDocumentStore</c> and a <see cref="TimeProvider"/>.</summary>
    /// <exception cref="InvalidOperationException">It would listen where tokens could be read on their way, or its settings contradict each other.</exception>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder, Action<GatewayOptions> configure)
    {
        var options = new GatewayOptions();
        configure(options);
        builder.Services.TryAddSingleton(options);
        builder.Services.AddRouting();
        builder.Services.AddCommands();
        builder.AddHttpSafety(options);
        builder.Services.AddAccess();
        builder.Services.AddSignIn(options);
        builder.Services.AddReadinessChecks();
        builder.Services.AddGatewayGraphQL(options.AllowIntrospection ?? builder.Environment.IsDevelopment());
        return builder;
    }

    /// <summary>Only the health pages, for a process without the gateway; they tell no secret and ask for no sign-in.</summary>
    public static WebApplicationBuilder AddHealthListener(this WebApplicationBuilder builder, Action<GatewayOptions> configure)
    {
        var options = new GatewayOptions();
        configure(options);
        builder.Services.TryAddSingleton(options);
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls(options.Url).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddReadinessChecks();
        return builder;
    }

    /// <summary>Health pages, sign-in, the pages of migrations, GraphQL and GraphiQL. Whatever is mapped besides asks for sign-in, unless it says <c>WithoutSignIn</c>.</summary>
    public static WebApplication UseGateway(this WebApplication app)
    {
        app.UseHttpSafety();
        app.MapHealthPages();
        app.MapSignIn();
        app.MapOAuthSignIn();
        app.MapPages();
        app.MapJobPages();
        app.MapGatewayGraphQL();
        app.MapExplorer();
        return app;
    }

    /// <summary>Health pages alone.</summary>
    public static WebApplication UseHealthListener(this WebApplication app)
    {
        app.Use(Http.SecurityHeaders.AddAsync);
        app.MapHealthPages();
        return app;
    }
}
