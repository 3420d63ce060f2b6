using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>A state as it was kept, with the version and the hash of the last event that is in it.</summary>
sealed record Snapshot(long Version, byte[] Hash, byte[] Data);

/// <summary>
/// Keeps and reads snapshots. They are written behind the fold that found them missing, outside anybody's transaction,
/// and of committed events only; one that is lost or late costs time and nothing else.
/// </summary>
sealed class Snapshots(DocumentStore store) : IAsyncDisposable
{
    const int MostWaiting = 64;
    /// <summary>How long snapshots of another build stay for programs that still run it.</summary>
    const string KeepOthers = "1 day";

    readonly ConcurrentDictionary<Type, byte[]> fingerprints = new();
    readonly Channel<Taken> waiting = Channel.CreateBounded<Taken>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly CancellationTokenSource stopping = new();
    readonly Lock gate = new();
    readonly ILogger logger = store.Logger<Snapshots>();
    Task? writing;

    sealed record Taken(SnapshotMapping Mapping, Guid StreamId, string TenantId, object State, long Version, byte[] Hash);

    string Table => $"{store.Options.QuotedSchema}.snapshots";

    byte[] Fingerprint(SnapshotMapping mapping) => fingerprints.GetOrAdd(mapping.Type, _ => SnapshotFingerprint.Of(mapping, store.Options.Events));

    /// <summary>Two results: the snapshot up to a version, if there is one, and the events from its version on, its own included.</summary>
    public void Configure(NpgsqlBatch batch, SnapshotMapping mapping, Guid streamId, string tenantId, long version)
    {
        const string which = "stream_id = $1 and tenant_id = $2 and aggregate = $4 and fingerprint = $5 and version <= $3";
        Add($"select version, hash, data from {Table} where {which}");
        Add($"""
            select {EventRow.Columns} from {store.Options.QuotedSchema}.all_events
             where stream_id = $1 and tenant_id = $2 and version <= $3
               and version >= coalesce((select version from {Table} where {which}), 0)
             order by version
            """);

        void Add(string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, streamId));
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, tenantId));
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, version));
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, mapping.Name));
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bytea, Fingerprint(mapping)));
            batch.BatchCommands.Add(command);
        }
    }

    public static async Task<Snapshot?> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var snapshot = await reader.ReadAsync(cancellationToken)
            ? new Snapshot(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2))
            : null;
        await reader.NextResultAsync(cancellationToken);
        return snapshot;
    }

    /// <returns>Null where it is not the state after this event of the stream, or cannot be read.</returns>
    public T? Open<T>(Snapshot snapshot, IEvent at) where T : class
    {
        // a newer one may have taken its place between the two reads
        if (at.Version != snapshot.Version)
            return null;
        if (!at.Hash.Span.SequenceEqual(snapshot.Hash))
        {
            logger.LogWarning("A snapshot of stream {Stream} at version {Version} does not fit the event there; the stream is folded from its beginning.", at.StreamId, snapshot.Version);
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<T>(snapshot.Data, store.Options.Serializer);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            logger.LogWarning("A snapshot of stream {Stream} cannot be read ({Reason}); the stream is folded from its beginning.", at.StreamId, e.Message);
            return null;
        }
    }

    /// <summary>Keeps the state after an event, soon; not at all where many wait already.</summary>
    public void Take(SnapshotMapping mapping, object state, IEvent at)
    {
        waiting.Writer.TryWrite(new Taken(mapping, at.StreamId, at.TenantId, state, at.Version, at.Hash.ToArray()));
        if (writing is null)
            lock (gate)
                if (!stopping.IsCancellationRequested)
                    writing ??= Task.Run(WriteAsync);
    }

    async Task WriteAsync()
    {
        try
        {
            await foreach (var taken in waiting.Reader.ReadAllAsync(stopping.Token))
            {
                try
                {
                    await WriteAsync(taken, stopping.Token);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    logger.LogWarning("No snapshot of stream {Stream} was kept: {Reason}", taken.StreamId, e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the store is being disposed
        }
    }

    async Task WriteAsync(Taken taken, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand($"""
            with others as (
                delete from {Table} where stream_id = $1 and aggregate = $3 and fingerprint <> $4 and taken < $8 - interval '{KeepOthers}')
            insert into {Table} as s (stream_id, tenant_id, aggregate, fingerprint, version, hash, data, taken) values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (stream_id, aggregate, fingerprint) do update
               set version = excluded.version, hash = excluded.hash, data = excluded.data, taken = excluded.taken
             where s.version < excluded.version
            """);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, taken.StreamId));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, taken.TenantId));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, taken.Mapping.Name));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bytea, Fingerprint(taken.Mapping)));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, taken.Version));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bytea, taken.Hash));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Json, JsonSerializer.SerializeToUtf8Bytes(taken.State, taken.Mapping.Type, store.Options.Serializer)));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.TimestampTz, store.Options.TimeProvider.GetUtcNow()));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (gate)
        {
            stopping.Cancel();
            running = writing;
        }
        if (running is not null)
            await running;
    }
}
