using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OptiInfra.Gateway.Health;
using OptiInfra.Gateway.Pages;

namespace OptiInfra.Gateway;

public static class GatewayRegistration
{
    /// <summary>The gateway's services and address; needs an <c>IDocumentStore</c> and a <see cref="TimeProvider"/>.</summary>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder, Action<GatewayOptions> configure)
    {
        var options = new GatewayOptions();
        configure(options);
        builder.Services.TryAddSingleton(options);
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls(options.Url).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddReadinessChecks();
        return builder;
    }

    /// <summary>Health pages and the pages of migrations.</summary>
    public static WebApplication UseGateway(this WebApplication app)
    {
        app.Use(SecurityHeaders.AddAsync);
        app.MapHealthPages();
        app.MapPages();
        return app;
    }
}
