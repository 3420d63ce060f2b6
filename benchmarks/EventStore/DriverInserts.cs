using System.Diagnostics;
using Npgsql;

namespace OptiInfra.Benchmarks.EventStore;

/// <summary>pgbench's INSERT by the driver: prepared, on connections that are kept, awaited one after the other by each writer.</summary>
sealed class DriverInserts(BenchmarkStore store, string connectionString) : IAsyncDisposable
{
    readonly List<(NpgsqlConnection Connection, NpgsqlCommand Insert)> writers = [];
    long version;

    /// <returns>Rows per second.</returns>
    public async Task<double> RunAsync(int count, TimeSpan duration, CancellationToken cancellationToken)
    {
        while (writers.Count < count)
            writers.Add(await ConnectAsync(cancellationToken));
        var watch = Stopwatch.StartNew();
        var inserted = await Task.WhenAll(writers.Take(count).Select(w => Task.Run(() => InsertAsync(w.Insert, watch, duration, cancellationToken), cancellationToken)));
        return inserted.Sum() / watch.Elapsed.TotalSeconds;
    }

    async Task<(NpgsqlConnection Connection, NpgsqlCommand Insert)> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        var insert = new NpgsqlCommand(
            $"""
            insert into {store.RawTable} (seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id, actor, correlation_id, causation_id, trace_parent, hash)
            values (nextval('{store.Schema}.raw_sequence'), gen_random_uuid(), $1, $2, 'instance_moved', 1, '{store.SampleJson}'::json, now(), 'default', null, null, null, null, '\x{new string('a', 64)}'::bytea)
            """,
            connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = Guid.NewGuid() }, new NpgsqlParameter<long>() },
        };
        await insert.PrepareAsync(cancellationToken);
        return (connection, insert);
    }

    async Task<long> InsertAsync(NpgsqlCommand insert, Stopwatch watch, TimeSpan duration, CancellationToken cancellationToken)
    {
        long count = 0;
        for (; watch.Elapsed < duration; count++)
        {
            ((NpgsqlParameter<long>)insert.Parameters[1]).TypedValue = Interlocked.Increment(ref version);
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (connection, insert) in writers)
        {
            await insert.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
