using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OptiInfra.Commands.Access;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.EventStore;

namespace OptiInfra.Commands;

public static class CommandsRegistration
{
    /// <summary>The executor of commands and the access tokens; need an <see cref="IDocumentStore"/> and a <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddCommands(this IServiceCollection services)
    {
        services.TryAddSingleton<CommandExecutor>();
        services.TryAddSingleton<AccessTokens>();
        services.TryAddSingleton<PendingSignIns>();
        return services;
    }

    /// <summary>A migration of a hundred instances has about six hundred events, each of which is answered by a decision.</summary>
    const int SnapshotEvery = 50;

    /// <summary>Maps the events of the write model to their stored names, sets how they are written, and keeps the commands and the tokens.</summary>
    public static StoreOptions UseCommands(this StoreOptions options)
    {
        options.Serializer = ContractsJson.Options;
        foreach (var (type, name, schemaVersion) in ContractsJson.EventTypes)
            options.Events.MapEventType(type, name, schemaVersion);
        // replay wants them wherever the log is
        options.Schema.For<RecordedCommand>().CarryWithEvents("(data->>'streamId')::uuid", "(data->>'versionBefore')::bigint + (data->>'eventCount')::bigint");
        options.Schema.For<AccessToken>();
        options.Schema.For<AccessTokenUse>();
        options.Schema.For<PendingSignIn>();
        options.Schema.For<JobRoute>().Index("(data->>'closed')");
        options.Schema.For<ProxyHeartbeat>();
        options.Schema.For<RouteReport>();
        options.Schema.For<TrainerToken>();
        options.Snapshots.For<SpotMigration>(SnapshotEvery);
        options.Snapshots.For<TrainingJob>(SnapshotEvery);
        return options;
    }
}
