using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

class StreamQueries(UnitOfWork unit, string tenantId) : IQueryEventStore
{
    public Task<IReadOnlyList<IEvent>> FetchStreamAsync(Guid streamId, long version = 0, DateTimeOffset? timestamp = null, long fromVersion = 0, CancellationToken cancellationToken = default)
        => ReadAsync(
            streamId, version, fromVersion,
            async reader =>
            {
                List<IEvent> events = [];
                while (await reader.ReadAsync(cancellationToken))
                {
                    var @event = EventRow.Read(reader, unit.Store.Codec);
                    // a prefix of the stream, also where clocks disagreed: never an event without its predecessor
                    if (@event.Timestamp > timestamp)
                        break;
                    events.Add(@event);
                }
                return (IReadOnlyList<IEvent>)events;
            },
            cancellationToken);

    public async Task<T?> AggregateStreamAsync<T>(Guid streamId, long version = 0, DateTimeOffset? timestamp = null, CancellationToken cancellationToken = default) where T : class
        => (await FoldAsync<T>(streamId, version, timestamp, forWriting: false, cancellationToken)).Aggregate;

    /// <returns>The aggregate, and the version of its last event; 0 where there is no such stream.</returns>
    protected async Task<(T? Aggregate, long Version)> FoldAsync<T>(Guid streamId, long version, DateTimeOffset? timestamp, bool forWriting, CancellationToken cancellationToken) where T : class
    {
        // a time ends the stream at the first event that is later, which may lie before a snapshot
        var kept = timestamp is null ? unit.Store.Options.Snapshots.Of(typeof(T)) : null;
        var fold = (kept is null ? null : await FoldFromSnapshotAsync<T>(kept, streamId, version, forWriting, cancellationToken))
            ?? await FoldWholeAsync<T>(streamId, version, timestamp, forWriting, cancellationToken);
        if (kept is not null && fold.Count >= kept.Every && fold is { Aggregate: not null, HasUnknown: false })
            unit.Store.Snapshots.Take(kept, fold.Aggregate, fold.Last!);
        return (fold.Aggregate, fold.Version);
    }

    Task<StreamFold<T>> FoldWholeAsync<T>(Guid streamId, long version, DateTimeOffset? timestamp, bool forWriting, CancellationToken cancellationToken) where T : class
        => ReadAsync(
            streamId, version, fromVersion: 0,
            async reader =>
            {
                var fold = new StreamFold<T>(forWriting);
                while (await reader.ReadAsync(cancellationToken))
                {
                    var @event = EventRow.Read(reader, unit.Store.Codec);
                    if (@event.Timestamp > timestamp)
                        break;
                    fold.Next(@event);
                }
                return fold;
            },
            cancellationToken);

    /// <returns>Null where there is a snapshot that cannot be used.</returns>
    Task<StreamFold<T>?> FoldFromSnapshotAsync<T>(SnapshotMapping kept, Guid streamId, long version, bool forWriting, CancellationToken cancellationToken) where T : class
        => unit.ReadAsync(
            batch => unit.Store.Snapshots.Configure(batch, kept, streamId, tenantId, version == 0 ? long.MaxValue : version),
            async reader =>
            {
                var fold = new StreamFold<T>(forWriting);
                var snapshot = await Snapshots.ReadAsync(reader, cancellationToken);
                if (!await reader.ReadAsync(cancellationToken))
                    return snapshot is null ? fold : null;
                var first = EventRow.Read(reader, unit.Store.Codec);
                if (snapshot is not null && unit.Store.Snapshots.Open<T>(snapshot, first) is { } state)
                    fold.Begin(state, first);
                else if (snapshot is null && first.Version == 1)
                    fold.Next(first);
                else
                    return null;
                while (await reader.ReadAsync(cancellationToken))
                    fold.Next(EventRow.Read(reader, unit.Store.Codec));
                return fold;
            },
            cancellationToken);

    public Task<StreamState?> FetchStreamStateAsync(Guid streamId, CancellationToken cancellationToken = default)
        => unit.ReadAsync(
            $"select aggregate_type, version, created, last_timestamp, head_hash, archived is not null from {unit.Store.Options.QuotedSchema}.streams where id = $1 and tenant_id = $2",
            [Parameter.Of(NpgsqlDbType.Uuid, streamId), Parameter.Of(NpgsqlDbType.Text, tenantId)],
            async reader => await reader.ReadAsync(cancellationToken)
                ? new StreamState(streamId, tenantId, reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetInt64(1),
                    reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<byte[]>(4), reader.GetBoolean(5))
                : null,
            cancellationToken);

    public Task<IReadOnlyList<Guid>> StreamIdsAsync<TAggregate>(CancellationToken cancellationToken = default) where TAggregate : class
        => unit.ReadAsync(
            $"select id from {unit.Store.Options.QuotedSchema}.streams where tenant_id = $1 and aggregate_type = $2 order by created, id",
            [Parameter.Of(NpgsqlDbType.Text, tenantId), Parameter.Of(NpgsqlDbType.Text, DocumentMapping.Snake(typeof(TAggregate).Name))],
            async reader =>
            {
                List<Guid> ids = [];
                while (await reader.ReadAsync(cancellationToken))
                    ids.Add(reader.GetGuid(0));
                return (IReadOnlyList<Guid>)ids;
            },
            cancellationToken);

    Task<T> ReadAsync<T>(Guid streamId, long version, long fromVersion, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken)
        => unit.ReadAsync(
            $"select {EventRow.Columns} from {unit.Store.Options.QuotedSchema}.all_events where stream_id = $1 and tenant_id = $2 and version >= $3 and version <= $4 order by version",
            [
                Parameter.Of(NpgsqlDbType.Uuid, streamId), Parameter.Of(NpgsqlDbType.Text, tenantId),
                Parameter.Of(NpgsqlDbType.Bigint, fromVersion), Parameter.Of(NpgsqlDbType.Bigint, version == 0 ? long.MaxValue : version),
            ],
            read,
            cancellationToken);
}
