using Microsoft.Extensions.Logging;
using OptiInfra.Agents;
using OptiInfra.Commands;
using OptiInfra.EventStore;
using OptiInfra.Messaging;
using OptiInfra.Projections;

namespace OptiInfra.Cli.Hosting;

/// <summary>The event store as all of the program uses it.</summary>
static class PlatformStore
{
    public static void Configure(StoreOptions options, PlatformSettings settings)
    {
        options.ConnectionString = settings.RequiredPostgres;
        options.OwnerConnectionString = settings.PostgresOwner;
        options.ApplicationRole = new Npgsql.NpgsqlConnectionStringBuilder(settings.RequiredPostgres).Username ?? options.ApplicationRole;
        options.DatabaseSchemaName = settings.Schema;
        options.TimeProvider = settings.Clock;
        options.UseCommands().UseMessaging().UseAgents().AddProjections();
        // replay and audit ask for the commands of one migration
        options.Schema.For<RecordedCommand>().Index("(data->>'streamId')");
    }

    /// <summary>A store for a command that runs and ends.</summary>
    public static IDocumentStore Open(PlatformSettings settings, ILoggerFactory? loggers = null) => DocumentStore.For(options =>
    {
        Configure(options, settings);
        options.LoggerFactory = loggers;
    });
}
