using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OptiInfra.Agents.Application;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Agents.Cost;
using OptiInfra.Agents.Endpoints;
using OptiInfra.Agents.Performance;
using OptiInfra.Agents.Prices;
using OptiInfra.Agents.Resource;
using OptiInfra.Agents.Scouting;
using OptiInfra.Agents.Training;
using OptiInfra.Aws;
using OptiInfra.Aws.CloudWatch;
using OptiInfra.Aws.EC2;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Agents;

/// <summary>What the agents need to know of their surroundings.</summary>
public sealed record AgentsOptions
{
    public required string Region { get; init; }
    public required PriceBook Prices { get; init; }
    public InstanceEndpoints Endpoints { get; init; } = new();
    /// <summary>Null: the embedded proxy leads users to training jobs.</summary>
    public CaddyOptions? Caddy { get; init; }
}

public static class AgentsRegistration
{
    /// <summary>The agents' eyes and hands: AWS at the configured endpoint, metrics pages, prices.</summary>
    /// <param name="configuration">Section "AWS" as <see cref="AwsRegistration.AddAws"/> reads it.</param>
    public static IServiceCollection AddAgents(this IServiceCollection services, AgentsOptions options, IConfiguration configuration)
    {
        services.AddAws(configuration);
        services.TryAddSingleton(options);
        services.TryAddSingleton(options.Prices);
        services.TryAddSingleton(options.Endpoints);
        services.TryAddSingleton<ICloud>(p => new AwsCloud(p.GetRequiredService<IAmazonEC2>(), p.GetRequiredService<CapacityPoolCoolDown>(), options.Region));
        services.TryAddSingleton<IUtilisation>(p => new CloudWatchUtilisation(p.GetRequiredService<IAmazonCloudWatch>()));
        services.TryAddSingleton<IInstanceMetrics>(p => new InstanceMetrics(
            // one client for all instances: pages are small and hosts many, so connections are kept only briefly
            new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30), MaxConnectionsPerServer = 64 }),
            options.Endpoints, p.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ProxyReports>();
        if (options.Caddy is { } caddy)
            services.TryAddSingleton<IJobEndpoint>(_ => new CaddyJobEndpoint(new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) }), caddy));
        else
            services.TryAddSingleton<IJobEndpoint, ProxyJobEndpoint>();
        services.TryAddSingleton<FleetObserver>();
        services.TryAddSingleton<QualityObserver>();
        services.TryAddSingleton<AgentCommands>();
        services.TryAddSingleton<JobCommands>();
        services.TryAddSingleton<TrainerInstances>();
        services.TryAddSingleton<CapacityMarket>();
        services.TryAddSingleton<DeadlinePlans>();
        services.TryAddSingleton<ITrainers>(_ => new TrainerClient(
            new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30), MaxConnectionsPerServer = 8 }) { Timeout = Timeout.InfiniteTimeSpan }));
        return services;
    }

    /// <summary>What the agents keep: how capacity comes and goes.</summary>
    public static StoreOptions UseAgents(this StoreOptions options)
    {
        options.Schema.For<PoolSpell>();
        return options;
    }

    /// <summary>
    /// The agents as consumers, each with a queue of its own: <c>cost-agent</c>, <c>performance-agent</c>, <c>resource-agent</c>,
    /// <c>application-agent</c>, and of training jobs <c>scout-agent</c>, <c>training-agent</c>, <c>trainer-watch</c>, <c>trainer-retirement</c>.
    /// </summary>
    public static IBusRegistrationConfigurator AddAgents(this IBusRegistrationConfigurator bus)
    {
        // a class per task, a queue per agent; no two classes of one queue take the same message
        bus.AddConsumer<CostAgent>().Endpoint(e => e.Name = "cost-agent");
        bus.AddConsumer<InstanceMover>().Endpoint(e => e.Name = "cost-agent");
        bus.AddConsumer<MigrationRollback>().Endpoint(e => e.Name = "cost-agent");
        bus.AddConsumer<Retirement>().Endpoint(e => e.Name = "cost-agent");
        bus.AddConsumer<PerformanceAgent>().Endpoint(e => e.Name = "performance-agent");
        bus.AddConsumer<ResourceAgent>().Endpoint(e => e.Name = "resource-agent");
        bus.AddConsumer<InterruptionWatch>().Endpoint(e => e.Name = "resource-agent");
        bus.AddConsumer<ApplicationAgent>().Endpoint(e => e.Name = "application-agent");
        bus.AddConsumer<JobScout>().Endpoint(e => e.Name = "scout-agent");
        bus.AddConsumer<TrainerProvisioner>().Endpoint(e => e.Name = "training-agent");
        bus.AddConsumer<TrainerHandover>().Endpoint(e => e.Name = "training-agent");
        bus.AddConsumer<TrainerWatch>().Endpoint(e => e.Name = "trainer-watch");
        bus.AddConsumer<TrainerRetirement>().Endpoint(e => e.Name = "trainer-retirement");
        return bus;
    }
}
