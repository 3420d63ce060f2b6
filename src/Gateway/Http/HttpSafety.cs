using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Gateway.Access;

namespace OptiInfra.Gateway.Http;

/// <summary>Limits, headers and the order in which a request meets them.</summary>
static class HttpSafety
{
    static readonly TimeSpan WebSocketPing = TimeSpan.FromSeconds(30);
    /// <summary>Within which a client answers a ping; one that has vanished, or takes nothing any more, is let go.</summary>
    static readonly TimeSpan WebSocketPong = TimeSpan.FromSeconds(30);

    public static void AddHttpSafety(this WebApplicationBuilder builder, GatewayOptions options)
    {
        if (ListenAddress.Problem(options) is { } problem)
            throw new InvalidOperationException(problem);
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls(options.Url).ConfigureKestrel(kestrel => Configure(kestrel, options));
        var services = builder.Services;
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            // by default the framework believes whoever connects from this machine
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            foreach (var network in options.TrustedProxies)
                forwarded.KnownIPNetworks.Add(network);
            forwarded.ForwardLimit = null;
        });
        services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = options.Limits.RequestTimeout, TimeoutStatusCode = 504 });
        services.AddRateLimiter(limiter => RateLimits.Configure(limiter, options.Limits));
        services.AddCors(cors => cors.AddDefaultPolicy(policy =>
        {
            if (options.CorsOrigins.Count > 0)
                policy.WithOrigins([.. options.CorsOrigins]).WithMethods("GET", "POST").AllowAnyHeader().WithExposedHeaders("Retry-After").SetPreflightMaxAge(TimeSpan.FromMinutes(10));
        }));
    }

    public static void UseHttpSafety(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<GatewayOptions>();
        if (options.TrustedProxies.Count > 0)
            app.UseForwardedHeaders();
        app.Use(SecurityHeaders.AddAsync);
        app.Use(new AllowedHosts(options).CheckAsync);
        app.UseRequestTimeouts();
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = WebSocketPing, KeepAliveTimeout = WebSocketPong });
        app.UseCors();
        app.Use(app.Services.GetRequiredService<SignInGate>().InvokeAsync);
        app.UseRateLimiter();
    }

    static void Configure(KestrelServerOptions kestrel, GatewayOptions options)
    {
        var limits = options.Limits;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = limits.MaxRequestBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.MaxRequestHeaderBytes;
        kestrel.Limits.MaxRequestLineSize = Math.Min(kestrel.Limits.MaxRequestLineSize, limits.MaxRequestHeaderBytes);
        kestrel.Limits.RequestHeadersTimeout = limits.HeadersTimeout;
        kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.MaxWebSockets;
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            if (options.Certificate is { } certificate)
                https.ServerCertificate = certificate;
        });
    }
}
