using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>The columns of an event in the order in which everybody here reads them.</summary>
static class EventRow
{
    public const string Columns = "seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id, actor, correlation_id, causation_id, trace_parent, hash";
    public const int ColumnCount = 14;

    const int LongestName = 128;
    [ThreadStatic]
    static byte[]? name;

    /// <param name="bytes">Keeps the data and the hash; null where the event keeps its own.</param>
    public static StoredEvent Read(NpgsqlDataReader reader, EventCodec codec, EventBytes? bytes = null)
    {
        var @event = codec.Create(Name(reader, 4, codec), reader.GetInt32(5), Bytes(reader, 6, bytes));
        @event.Sequence = reader.GetInt64(0);
        @event.Id = reader.GetGuid(1);
        @event.StreamId = reader.GetGuid(2);
        @event.Version = reader.GetInt64(3);
        @event.Timestamp = new DateTimeOffset(reader.GetDateTime(7), TimeSpan.Zero);
        @event.TenantId = Name(reader, 8, codec);
        @event.Actor = reader.IsDBNull(9) ? null : Name(reader, 9, codec);
        @event.CorrelationId = reader.IsDBNull(10) ? null : reader.GetGuid(10);
        @event.CausationId = reader.IsDBNull(11) ? null : reader.GetGuid(11);
        @event.TraceParent = reader.IsDBNull(12) ? null : reader.GetString(12);
        @event.Hash = Bytes(reader, 13, bytes);
        return @event;
    }

    static ReadOnlyMemory<byte> Bytes(NpgsqlDataReader reader, int column, EventBytes? bytes)
    {
        if (bytes is null)
            return reader.GetFieldValue<byte[]>(column);
        var taken = bytes.Take((int)reader.GetBytes(column, 0, null, 0, 0));
        reader.GetBytes(column, 0, taken.Array, taken.Offset, taken.Count);
        return taken;
    }

    static string Name(NpgsqlDataReader reader, int column, EventCodec codec)
    {
        var length = reader.GetBytes(column, 0, null, 0, 0);
        if (length > LongestName)
            return reader.GetString(column);
        name ??= new byte[LongestName];
        reader.GetBytes(column, 0, name, 0, (int)length);
        return codec.Names.Of(name.AsSpan(0, (int)length));
    }

    public static long Sequence(NpgsqlDataReader reader) => reader.GetInt64(0);
}
