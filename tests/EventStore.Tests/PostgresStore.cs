using Npgsql;
using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

public sealed class PostgresStore : StoreUnderTest
{
    readonly PostgresSchema schema;
    readonly List<IDocumentStore> stores = [];

    PostgresStore(PostgresSchema schema) => this.schema = schema;

    public static async Task<PostgresStore> CreateAsync(Action<StoreOptions>? configure)
    {
        var store = new PostgresStore(await PostgresSchema.CreateAsync("store"));
        await store.Another(configure).ApplyAllConfiguredChangesToDatabaseAsync();
        return store;
    }

    public override IDocumentStore Store => stores[0];

    public string Schema => schema.Schema;

    public override IDocumentStore Another(Action<StoreOptions>? configure = null)
    {
        var store = DocumentStore.For(options =>
        {
            options.ConnectionString = schema.AppConnectionString;
            options.OwnerConnectionString = schema.OwnerConnectionString;
            options.DatabaseSchemaName = schema.Schema;
            options.TimeProvider = Clock;
            MapQuest(options);
            configure?.Invoke(options);
        });
        stores.Add(store);
        return store;
    }

    public override async Task ExecuteAsOwnerAsync(string sql) => await ExecuteAsync(schema.OwnerConnectionString, sql);

    public override Task<object?> ExecuteAsApplicationAsync(string sql) => ExecuteAsync(schema.AppConnectionString, sql);

    public override Task BreakConnectionsAsync() => ExecuteAsApplicationAsync(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = '${schema}' and usename = current_user and pid <> pg_backend_pid()");

    async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql.Replace("${schema}", schema.Schema, StringComparison.Ordinal), connection);
        return await command.ExecuteScalarAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var store in stores)
            await store.DisposeAsync();
        await schema.DisposeAsync();
    }
}
