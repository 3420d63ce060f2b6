using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Gateway.Health;

namespace OptiInfra.Gateway.UserProxy;

public static class UserProxyRegistration
{
    /// <summary>The proxy before the trainers of all jobs, with a listener of its own; needs an <c>IDocumentStore</c>.</summary>
    public static IServiceCollection AddUserProxy(this IServiceCollection services, UserProxyOptions options)
    {
        services.AddSingleton(options);
        services.TryAddSingleton<JobRoutes>();
        services.TryAddSingleton<ProxyReports>();
        services.AddSingleton(new WallClock(TimeProvider.System));
        services.AddSingleton<TrainerConnections>();
        services.AddSingleton<TrainerHealth>();
        services.AddSingleton<RouteTable>();
        services.AddSingleton<ProxyReporting>();
        services.AddSingleton<RouteSwitching>();
        services.AddSingleton<RouteFollower>();
        services.AddSingleton<Forwarder>();
        services.AddHostedService<UserProxyService>();
        services.AddHealthChecks().AddCheck<UserProxyCheck>("proxy");
        return services;
    }
}
