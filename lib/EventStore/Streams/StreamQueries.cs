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
    protected Task<(T? Aggregate, long Version)> FoldAsync<T>(Guid streamId, long version, DateTimeOffset? timestamp, bool forWriting, CancellationToken cancellationToken) where T : class
        => ReadAsync(
            streamId, version, fromVersion: 0,
            async reader =>
            {
                T? aggregate = null;
                long last = 0;
                while (await reader.ReadAsync(cancellationToken))
                {
                    var @event = EventRow.Read(reader, unit.Store.Codec);
                    if (@event.Timestamp > timestamp)
                        break;
                    if (forWriting && @event.EventType == typeof(UnknownEvent))
                        throw new UnknownEventTypeException($"Stream {streamId} has at version {@event.Version} an event '{@event.EventTypeName}' of schema version {@event.SchemaVersion} that this program does not know: nothing can be decided on it. Map the type, or let the newer program decide.");
                    aggregate = AggregateFold<T>.Instance.Evolve(aggregate, @event);
                    last = @event.Version;
                }
                return (aggregate, last);
            },
            cancellationToken);

    public Task<StreamState?> FetchStreamStateAsync(Guid streamId, CancellationToken cancellationToken = default)
        => unit.ReadAsync(
            $"select aggregate_type, version, created, last_timestamp, head_hash from {unit.Store.Options.QuotedSchema}.streams where id = $1 and tenant_id = $2",
            [Parameter.Of(NpgsqlDbType.Uuid, streamId), Parameter.Of(NpgsqlDbType.Text, tenantId)],
            async reader => await reader.ReadAsync(cancellationToken)
                ? new StreamState(streamId, tenantId, reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetInt64(1),
                    reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<byte[]>(4))
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
            $"select {EventRow.Columns} from {unit.Store.Options.QuotedSchema}.events where stream_id = $1 and tenant_id = $2 and version >= $3 and version <= $4 order by version",
            [
                Parameter.Of(NpgsqlDbType.Uuid, streamId), Parameter.Of(NpgsqlDbType.Text, tenantId),
                Parameter.Of(NpgsqlDbType.Bigint, fromVersion), Parameter.Of(NpgsqlDbType.Bigint, version == 0 ? long.MaxValue : version),
            ],
            read,
            cancellationToken);
}
