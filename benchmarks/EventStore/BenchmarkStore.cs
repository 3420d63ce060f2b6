using System.Text.Json;
using Npgsql;
using OptiInfra.EventStore;

namespace OptiInfra.Benchmarks.EventStore;

/// <summary>About what an event of a migration carries: 170 bytes of JSON.</summary>
public sealed record InstanceMoved(string InstanceId, string InstanceType, string Zone, string CapacityPool, decimal OnDemandHourlyUsd, decimal SpotHourlyUsd, int Attempt)
{
    public static InstanceMoved Sample(int attempt) => new("i-0af7651916cd43dd8", "m6i.4xlarge", "us-east-1a", "m6i.4xlarge/us-east-1a", 0.768m, 0.2716m, attempt);
}

/// <summary>A store in a schema of its own, beside a table of the same shape as its events for raw statements; both dropped at the end.</summary>
public sealed class BenchmarkStore : IAsyncDisposable
{
    const int Connections = 64;
    readonly BenchmarkContext context;

    BenchmarkStore(BenchmarkContext context, DocumentStore store) => (this.context, Store) = (context, store);

    public DocumentStore Store { get; }

    public string Schema => Store.Options.DatabaseSchemaName;

    /// <summary>The raw table, with its schema.</summary>
    public string RawTable => Schema + ".raw_events";

    /// <summary>An event's data as the store writes it.</summary>
    public string SampleJson => JsonSerializer.Serialize(InstanceMoved.Sample(1), Store.Options.Serializer);

    public static Task<BenchmarkStore> CreateAsync(BenchmarkContext context, CancellationToken cancellationToken)
        => CreateAsync(context, _ => { }, cancellationToken);

    public static async Task<BenchmarkStore> CreateAsync(BenchmarkContext context, Action<StoreOptions> configure, CancellationToken cancellationToken)
    {
        var store = DocumentStore.For(options =>
        {
            options.ConnectionString = new NpgsqlConnectionStringBuilder(context.Postgres) { MaxPoolSize = Connections }.ConnectionString;
            options.OwnerConnectionString = context.PostgresOwner;
            options.DatabaseSchemaName = $"bench_{Guid.NewGuid():N}";
            options.Events.MapEventType<InstanceMoved>("instance_moved");
            options.Events.MapEventType<MemoryBenchmark.Ticked>("ticked");
            configure(options);
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);
        var benchmark = new BenchmarkStore(context, store);
        await benchmark.ExecuteAsync($"""
            create table {benchmark.RawTable} (like {benchmark.Schema}.events including all);
            create sequence {benchmark.Schema}.raw_sequence;
            """, cancellationToken);
        return benchmark;
    }

    /// <summary>Runs SQL as the owner.</summary>
    public async Task<object?> ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(context.PostgresOwner);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Takes all rows away, so that one measurement does not pay for the one before it.</summary>
    public Task EmptyAsync(CancellationToken cancellationToken)
        => ExecuteAsync($"truncate {Schema}.events, {Schema}.streams, {RawTable}", cancellationToken);

    /// <summary>All events by COPY, whose bytes nobody looks at.</summary>
    /// <exception cref="BenchmarkException">There were fewer bytes than so many events have.</exception>
    public async Task CopyOutAsync(long events, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(context.Postgres);
        await connection.OpenAsync(cancellationToken);
        await using var stream = await connection.BeginRawBinaryCopyAsync($"copy {Schema}.events to stdout (format binary)", cancellationToken);
        var buffer = new byte[64 * 1024];
        long bytes = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            bytes += read;
        // rows are not counted, so that nobody looks into them; each is longer than its data
        if (bytes < events * SampleJson.Length)
            throw new BenchmarkException($"COPY brought {bytes} bytes, fewer than {events} events have.");
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await ExecuteAsync($"drop schema {Schema} cascade", CancellationToken.None);
    }
}
