using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>The columns of an event in the order in which everybody here reads them.</summary>
static class EventRow
{
    public const string Columns = "seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id, actor, correlation_id, causation_id, trace_parent, hash";
    public const int ColumnCount = 14;

    public static StoredEvent Read(NpgsqlDataReader reader, EventCodec codec)
    {
        var @event = codec.Create(reader.GetString(4), reader.GetInt32(5), Json(reader));
        @event.Sequence = reader.GetInt64(0);
        @event.Id = reader.GetGuid(1);
        @event.StreamId = reader.GetGuid(2);
        @event.Version = reader.GetInt64(3);
        @event.Timestamp = new DateTimeOffset(reader.GetDateTime(7), TimeSpan.Zero);
        @event.TenantId = reader.GetString(8);
        @event.Actor = reader.IsDBNull(9) ? null : reader.GetString(9);
        @event.CorrelationId = reader.IsDBNull(10) ? null : reader.GetGuid(10);
        @event.CausationId = reader.IsDBNull(11) ? null : reader.GetGuid(11);
        @event.TraceParent = reader.IsDBNull(12) ? null : reader.GetString(12);
        @event.Hash = reader.GetFieldValue<byte[]>(13);
        return @event;
    }

    public static long Sequence(NpgsqlDataReader reader) => reader.GetInt64(0);

    public static byte[] Json(NpgsqlDataReader reader) => reader.GetFieldValue<byte[]>(6);
}
