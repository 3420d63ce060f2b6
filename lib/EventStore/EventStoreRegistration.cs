using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace OptiInfra.EventStore;

public static class EventStoreRegistration
{
    /// <summary>Registers one <see cref="IDocumentStore"/>; its clock and loggers come from the container unless set.</summary>
    public static IServiceCollection AddEventStore(this IServiceCollection services, Action<StoreOptions> configure)
        => services.AddEventStore((_, options) => configure(options));

    /// <inheritdoc cref="AddEventStore(IServiceCollection, Action{StoreOptions})"/>
    public static IServiceCollection AddEventStore(this IServiceCollection services, Action<IServiceProvider, StoreOptions> configure)
    {
        services.TryAddSingleton<IDocumentStore>(provider =>
        {
            var options = new StoreOptions
            {
                TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System,
                LoggerFactory = provider.GetService<ILoggerFactory>(),
            };
            configure(provider, options);
            return DocumentStore.For(options);
        });
        return services;
    }
}
