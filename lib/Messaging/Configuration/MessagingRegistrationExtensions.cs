using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;
using OptiInfra.Messaging;
using OptiInfra.Messaging.Configuration;

namespace MassTransit;

/// <summary>The one place that configures a bus.</summary>
public static class MessagingRegistrationExtensions
{
    /// <summary>
    /// A bus on RabbitMQ over the event store, which must be registered as <see cref="IDocumentStore"/> with
    /// <see cref="MessagingScripts.UseMessaging"/> in its options: sagas and consumers in <paramref name="register"/>, the relay, the
    /// scheduler. The host waits at its start until RabbitMQ answers.
    /// </summary>
    public static IServiceCollection AddMessaging(
        this IServiceCollection services, Action<MessagingOptions> configure, Action<IBusRegistrationConfigurator> register)
    {
        var options = new MessagingOptions();
        configure(options);
        services.Configure<MassTransitHostOptions>(host =>
        {
            host.WaitUntilStarted = true;
            host.StopTimeout = options.StopTimeout;
            // what is in hand is given up a little earlier, so that the connections still close in time
            host.ConsumerStopTimeout = options.StopTimeout * 0.9;
        });
        services.AddHostedService<BrokerWatch>();
        services.AddHostedService<EndpointRevival>();
        services.AddMassTransit(x =>
        {
            x.DisableUsageTelemetry();
            x.AddMessagingPersistence(options);
            register(x);
            x.UsingRabbitMq((context, bus) => ConfigureBus(context, bus, options));
        });
        services.TryAddSingleton<IEventPublisher, RabbitMqEventPublisher>();
        services.TryAddSingleton<DeclaredTopology>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<DeclaredTopology>());
        return options.RunRelay ? services.AddEventRelay() : services;
    }

    /// <summary>
    /// The relay from the store to whatever bus is registered with <see cref="AddMessagingPersistence"/>; a test harness wants it
    /// where events of the store should reach its sagas. <see cref="AddMessaging"/> has it already.
    /// </summary>
    public static IServiceCollection AddEventRelay(this IServiceCollection services)
    {
        services.TryAddSingleton<RelayHeartbeat>();
        services.TryAddSingleton<IEventPublisher>(provider => new BusEventPublisher(
            provider.GetRequiredService<IBus>(), provider.GetRequiredService<IDocumentStore>().Options.TimeProvider));
        services.TryAddSingleton(provider => new EventRelay(
            provider.GetRequiredService<IDocumentStore>(), provider.GetRequiredService<IBusControl>(), provider.GetRequiredService<IEventPublisher>(),
            provider.GetRequiredService<RelayHeartbeat>(), provider.GetRequiredService<MessagingOptions>(),
            provider.GetService<DeclaredTopology>()?.Declared ?? Task.CompletedTask, provider.GetRequiredService<ILogger<EventRelay>>()));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<EventRelay>());
        return services;
    }

    /// <summary>
    /// Sagas in PostgreSQL, inbox and scheduler for any transport, in the transactions of the registered
    /// <see cref="IDocumentStore"/>: for <c>AddMassTransitTestHarness(x => x.AddMessagingPersistence())</c>.
    /// </summary>
    public static void AddMessagingPersistence(this IBusRegistrationConfigurator configurator, MessagingOptions? options = null)
    {
        options ??= new MessagingOptions();
        configurator.AddSingleton(options);
        configurator.AddMessagingSessions();
        configurator.SetKebabCaseEndpointNameFormatter();
        configurator.SetPostgresSagaRepositoryProvider();
        configurator.AddConfigureEndpointsCallback((context, name, endpoint) => EndpointDefaults.Apply(context, name, endpoint, options));
        configurator.AddHostedService<InboxCleanup>();
        if (options.RunScheduler)
            configurator.AddHostedService<ScheduledMessageDelivery>();
    }

    /// <summary>What sends stored events to one endpoint again; knows the endpoints once the bus has been built.</summary>
    public static IServiceCollection AddEventRepublisher(this IServiceCollection services) => services.AddSingleton(provider => new EventRepublisher(
        provider.GetRequiredService<IDocumentStore>(), provider.GetRequiredService<IEventPublisher>(),
        provider.GetRequiredService<Subscriptions>(), provider.GetRequiredService<MessagingDatabase>()));

    internal static void AddMessagingSessions(this IServiceCollection services)
    {
        services.TryAddSingleton<MessagingDatabase>();
        services.TryAddSingleton<Subscriptions>();
        services.TryAddSingleton<MessageSessions>();
    }

    /// <summary>What every bus of this process has in common: where it is, and the names and the JSON on it.</summary>
    internal static void ConfigureHost(IRegistrationContext context, IRabbitMqBusFactoryConfigurator bus, MessagingOptions options)
    {
        MessageJson.Use(context.GetRequiredService<IDocumentStore>().Options);
        bus.MessageTopology.SetEntityNameFormatter(new KebabCaseEntityNameFormatter());
        bus.Host(options.RabbitMq, options.ConnectionName, _ => { });
    }

    static void ConfigureBus(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator bus, MessagingOptions options)
    {
        var store = context.GetRequiredService<IDocumentStore>();
        ConfigureHost(context, bus, options);
        bus.PrefetchCount = options.PrefetchCount;
        bus.ConcurrentMessageLimit = options.ConcurrentMessageLimit;
        // every event has its exchange from the start, also those that nobody consumes
        bus.DeployPublishTopology = true;
        foreach (var mapping in store.Options.Events.Mappings)
            bus.Publish(mapping.Type);
        context.GetRequiredService<DeclaredTopology>().ConfigureEndpoints(context, bus);
    }
}
