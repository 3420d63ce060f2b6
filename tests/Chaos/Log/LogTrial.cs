using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OptiInfra.EventStore;
using OptiInfra.Testing;

namespace OptiInfra.Chaos.Log;

/// <param name="Events">To be committed.</param>
/// <param name="Connections">That write at the same time.</param>
/// <param name="Within">By the wall, after which the writers stop with what they have.</param>
sealed record LogTrialOptions(long Events, int Connections, int Seed, TimeSpan Within);

/// <summary>
/// The log's reader against writers that do their worst, while a transaction of another database of the cluster stays open;
/// then the log is dumped and restored into a new cluster, and read and written there.
/// </summary>
static class LogTrial
{
    static readonly TimeSpan CatchUp = TimeSpan.FromMinutes(3);

    /// <param name="restoredFolder">For the new cluster; null leaves that part out.</param>
    /// <param name="prepare">Changes the schema before anything is written.</param>
    public static async Task<LogTrialResult> RunAsync(LogTrialOptions options, string? restoredFolder, Action<string> say, Func<PostgresSchema, Task>? prepare = null)
    {
        await using var schema = await PostgresSchema.CreateAsync("log");
        await using var store = Store(schema.AppConnectionString, schema.OwnerConnectionString, schema.Schema, options.Connections);
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        if (prepare is not null)
            await prepare(schema);
        LogReader[] readers = [new(store, 500), new(store, 5000)];
        using var reading = new CancellationTokenSource();
        var following = Task.WhenAll(readers.Select(r => Task.Run(() => r.FollowAsync(reading.Token))));
        var writers = new Writers(store, schema.OwnerConnectionString, options.Events, options.Seed);
        var watch = Stopwatch.StartNew();
        TimeSpan written;
        bool caughtUp;
        await using (await LongTransaction.InAnotherDatabaseAsync(schema))
        {
            using var bound = new CancellationTokenSource(options.Within, TimeProvider.System);
            await writers.RunAsync(options.Connections, bound.Token);
            written = watch.Elapsed;
            say(string.Create(CultureInfo.InvariantCulture, $"{writers.Figures}; {options.Connections} connections, {written.TotalSeconds:0.0} s"));
            caughtUp = await UntilAsync(async () => await AtTheEndAsync(store, readers), CatchUp);
        }

        var read = watch.Elapsed;
        await reading.CancelAsync();
        await following;
        var missed = 0L;
        foreach (var reader in readers)
            missed += await reader.MissedAsync();
        var outOfOrder = readers.Sum(r => r.OutOfOrder);
        say(string.Create(CultureInfo.InvariantCulture, $"{readers.Length} readers at the end after {read.TotalSeconds:0.0} s, a transaction of another database open all the while; missed {missed}, out of order {outOfOrder}"));
        var restored = restoredFolder is null ? [] : await RestoredLog.TryAsync(schema, store, restoredFolder, say);
        return new(writers.Written, written, read, missed, outOfOrder, caughtUp, restored);
    }

    public static DocumentStore Store(string app, string owner, string schema, int connections) => DocumentStore.For(o =>
    {
        o.ConnectionString = new NpgsqlConnectionStringBuilder(app) { MaxPoolSize = connections + 10 }.ConnectionString;
        o.OwnerConnectionString = owner;
        o.DatabaseSchemaName = schema;
        o.Events.MapEventType<Written>("written");
    });

    static async Task<bool> AtTheEndAsync(DocumentStore store, LogReader[] readers)
    {
        await using var command = store.DataSource.CreateCommand($"select coalesce(max(seq_id), 0) from {store.Options.DatabaseSchemaName}.events");
        var end = (long)(await command.ExecuteScalarAsync())!;
        return readers.All(r => r.Position >= end);
    }

    static async Task<bool> UntilAsync(Func<Task<bool>> condition, TimeSpan bound)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > bound)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        return true;
    }
}

/// <param name="CaughtUp">The readers reached the end of the log while the other database's transaction was open.</param>
/// <param name="Restored">What is wrong with the log that was restored into a new cluster; nothing when all is well.</param>
sealed record LogTrialResult(long Events, TimeSpan Written, TimeSpan Read, long Missed, long OutOfOrder, bool CaughtUp, IReadOnlyList<string> Restored)
{
    public bool IsClean => Missed == 0 && OutOfOrder == 0 && CaughtUp && Restored.Count == 0;

    public string Line => string.Create(CultureInfo.InvariantCulture,
        $"missed {Missed}, out of order {OutOfOrder}, held back {(CaughtUp ? "no" : "yes")}, restored {(Restored.Count == 0 ? "ok" : "broken")} ({Events} events)");
}

/// <summary>A transaction that has written, holds what looks like a floor of the store's, and does not end.</summary>
sealed class LongTransaction : IAsyncDisposable
{
    readonly NpgsqlConnection connection;

    LongTransaction(NpgsqlConnection connection) => this.connection = connection;

    public static async Task<LongTransaction> InAnotherDatabaseAsync(PostgresSchema schema)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(schema.OwnerConnectionString) { Database = "postgres", SearchPath = null, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var own = new NpgsqlConnection(schema.OwnerConnectionString);
        await own.OpenAsync();
        await using var oid = new NpgsqlCommand($"select '{schema.Schema}.events_sequence'::regclass::oid::bigint", own);
        var sequence = (long)(await oid.ExecuteScalarAsync())!;
        // it has an id of its own, and the very lock by which an append of the first event would hold readers back
        await using var begin = new NpgsqlCommand(
            $"begin; set local idle_in_transaction_session_timeout = 0; select pg_current_xact_id(); select pg_advisory_xact_lock_shared({sequence.ToString(CultureInfo.InvariantCulture)}::bigint << 32)", connection);
        await begin.ExecuteNonQueryAsync();
        return new(connection);
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
