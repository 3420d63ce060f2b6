using System.Text;
using Npgsql;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Testing;

namespace OptiInfra.Commands.Tests.Execution;

/// <summary>The executor on a PostgreSQL schema of its own, with a clock that stands still.</summary>
public sealed class CommandStore : IAsyncDisposable
{
    readonly PostgresSchema schema;

    CommandStore(PostgresSchema schema, IDocumentStore store, ManualTimeProvider clock)
    {
        this.schema = schema;
        Store = store;
        Clock = clock;
        Executor = new CommandExecutor(store, clock);
    }

    public IDocumentStore Store { get; }
    public ManualTimeProvider Clock { get; }
    public CommandExecutor Executor { get; }

    public static async Task<CommandStore> CreateAsync()
    {
        var schema = await PostgresSchema.CreateAsync("commands");
        var clock = new ManualTimeProvider(Spec.Noon.AddTicks(12_345_678));
        var store = DocumentStore.For(options =>
        {
            options.ConnectionString = schema.AppConnectionString;
            options.OwnerConnectionString = schema.OwnerConnectionString;
            options.DatabaseSchemaName = schema.Schema;
            options.TimeProvider = clock;
            options.UseCommands();
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        return new CommandStore(schema, store, clock);
    }

    public Task<CommandOutcome> Execute(ISpotMigrationCommand command, Guid? commandId = null, string tenant = "acme") =>
        Executor.ExecuteAsync(command, new CommandContext(commandId ?? Guid.NewGuid(), "pat", tenant));

    public async Task<IReadOnlyList<IEvent>> Events(Guid migrationId, string tenant = "acme")
    {
        await using var session = Store.QuerySession(tenant);
        return await session.Events.FetchStreamAsync(migrationId);
    }

    /// <summary>All commands of a migration in the order in which they were decided.</summary>
    public async Task<IReadOnlyList<RecordedCommand>> Recorded(Guid migrationId)
    {
        await using var session = Store.QuerySession("acme");
        return await session.QueryAsync<RecordedCommand>("where data->>'streamId' = $1 order by (data->>'versionBefore')::bigint, data->>'decidedAt'", default, migrationId.ToString());
    }

    public async Task<RecordedCommand?> Recorded(Guid migrationId, Guid commandId) => (await Recorded(migrationId)).SingleOrDefault(c => c.Id == commandId);

    /// <summary>The bytes of each event in the log.</summary>
    public async Task<IReadOnlyList<string>> Bytes(Guid migrationId)
    {
        await using var connection = new NpgsqlConnection(schema.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"select type, data from {schema.Schema}.events where stream_id = $1 order by version", connection) { Parameters = { new() { Value = migrationId } } };
        await using var reader = await command.ExecuteReaderAsync();
        var all = new List<string>();
        while (await reader.ReadAsync())
            all.Add($"{reader.GetString(0)} {Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(1))}");
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await schema.DisposeAsync();
    }
}
