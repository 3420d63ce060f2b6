using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.Agents;
using OptiInfra.Cli.Audit;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Telemetry;
using OptiInfra.Commands;
using OptiInfra.EventStore;
using OptiInfra.Gateway;
using OptiInfra.Gateway.UserProxy;
using OptiInfra.Messaging;
using OptiInfra.Sagas;
using Serilog;

namespace OptiInfra.Cli.Hosting;

/// <summary>Composes the roles of one process.</summary>
static class PlatformHost
{
    /// <summary>All of a stop, from the signal to the end.</summary>
    public static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(9);
    static readonly TimeSpan MessagesStopWithin = TimeSpan.FromSeconds(7);
    static readonly TimeSpan MaxLag = TimeSpan.FromSeconds(30);

    /// <param name="agents">What the agents need; null where this process has none.</param>
    /// <param name="probeUrl">Where a process without the gateway tells its health; it tells nothing where null.</param>
    public static IHost Build(PlatformSettings settings, Roles roles, string gatewayUrl, Serilog.ILogger log, AgentsSettings? agents, string? probeUrl = null)
    {
        var hasGateway = roles.HasFlag(Roles.Gateway);
        if (!hasGateway && probeUrl is null)
        {
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            AddRoles(builder, settings, roles, log, agents);
            return builder.Build();
        }

        var web = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        AddRoles(web, settings, roles, log, agents);
        void Configure(GatewayOptions gateway)
        {
            gateway.Url = hasGateway ? gatewayUrl : probeUrl!;
            gateway.RabbitMq = settings.RabbitMq;
            gateway.MaxLag = MaxLag * settings.ClockSpeed;
            if (hasGateway)
                GatewaySettings.Read(gateway);
            gateway.RelayProblemAsync = async (store, cancellationToken) => (await RelayReport.ReadAsync(store, cancellationToken)).Problem;
        }

        return hasGateway ? web.AddGateway(Configure).Build().UseGateway() : web.AddHealthListener(Configure).Build().UseHealthListener();
    }

    /// <summary>What sends stored events to one endpoint again: a bus that is built and never started.</summary>
    public static ServiceProvider ForRepublishing(PlatformSettings settings)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(settings.Clock)
            .AddEventStore(options => PlatformStore.Configure(options, settings))
            .AddCommands()
            .AddEventRepublisher();
        AddBus(services, settings, Roles.Sagas | Roles.Agents);
        return services.BuildServiceProvider();
    }

    /// <exception cref="CliException">The port of the gateway or of the endpoint proxy is taken.</exception>
    public static async Task StartAsync(IHost host, string gatewayUrl, CancellationToken cancellationToken)
    {
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (UserProxyAddressException e)
        {
            throw CliException.Failed(e.Message, e);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw CliException.Failed($"{gatewayUrl}, where the gateway should listen, is taken by another program; stop that one, or choose another address with --gateway-url or OPTIINFRA_GATEWAY_URL (without the gateway: OPTIINFRA_PROBE_URL).", e);
        }
    }

    static void AddRoles(IHostApplicationBuilder builder, PlatformSettings settings, Roles roles, Serilog.ILogger log, AgentsSettings? agents)
    {
        builder.Logging.ClearProviders().AddSerilog(log);
        var services = builder.Services;
        services.AddSingleton(settings.Clock);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = StopWithin);
        services.AddEventStore(options => PlatformStore.Configure(options, settings));
        services.AddCommands();
        if (TelemetryExport.IsOn)
            services.AddHostedService<PlatformGauges>();
        if (roles.HasFlag(Roles.Gateway))
            services.AddHostedService<EndedSessions>();
        if (roles.HasFlag(Roles.Projections))
            services.AddHostedService<ProjectionDaemonService>();
        if (CheckpointSchedule.Read() is { } schedule)
            services.AddSingleton(schedule).AddHostedService<PeriodicCheckpoints>();
        if (ArchiveSchedule.Read() is { } archive)
            services.AddSingleton(archive).AddHostedService<FinishedStreamArchiving>();
        if (roles.HasFlag(Roles.Proxy) && ProxySettings.ReadCaddy() is null)
            services.AddUserProxy(ProxySettings.Read());
        if (agents is not null)
            services.AddAgents(agents.Options, agents.Configuration);
        if ((roles & Roles.OnTheBus) != Roles.None)
            AddBus(services, settings, roles);
    }

    static Dictionary<string, object> LogScope(ConsumeContext context)
    {
        var scope = new Dictionary<string, object>(StringComparer.Ordinal) { ["tenant"] = context.Headers.Get<string>(EventHeaders.TenantId) ?? EventStore.SessionOptions.DefaultTenant };
        // a timer carries no stream, but what it belongs to
        var migration = context.Headers.Get<string>(EventHeaders.StreamId) ?? context.ConversationId?.ToString("D");
        if (migration is not null)
            scope["migration_id"] = migration;
        return scope;
    }

    static void AddBus(IServiceCollection services, PlatformSettings settings, Roles roles) => services.AddMessaging(
        messaging =>
        {
            messaging.RabbitMq = settings.RequiredRabbitMq;
            messaging.ConnectionName = $"optiinfra ({RolesText.Of(roles)})";
            messaging.RunRelay = roles.HasFlag(Roles.Relay);
            messaging.RunScheduler = roles.HasFlag(Roles.Scheduler);
            messaging.StopTimeout = MessagesStopWithin;
            messaging.LogScope = LogScope;
            messaging.RunsHere = type => roles.HasFlag(type.Assembly == typeof(SagasRegistration).Assembly ? Roles.Sagas : Roles.Agents);
        },
        bus =>
        {
            // all of them, so that also the queues of those that run elsewhere are there before anything is published
            bus.AddSagas();
            bus.AddAgents();
        });
}
