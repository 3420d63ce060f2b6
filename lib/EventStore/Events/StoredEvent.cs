namespace OptiInfra.EventStore;

/// <summary>
/// An event with its data as bytes until somebody asks for it: a reader that passes by most events does not pay for
/// their deserialisation.
/// </summary>
abstract class StoredEvent : IEvent
{
    EventCodec? codec;
    ReadOnlyMemory<byte> json;
    object? data;

    public Guid Id { get; set; }
    public Guid StreamId { get; set; }
    public long Version { get; set; }
    public long Sequence { get; set; }
    public string EventTypeName { get; set; } = "";
    public int SchemaVersion { get; set; }
    public DateTimeOffset Timestamp { get; set; }
    public string TenantId { get; set; } = "";
    public string? Actor { get; set; }
    public Guid? CorrelationId { get; set; }
    public Guid? CausationId { get; set; }
    public string? TraceParent { get; set; }
    public ReadOnlyMemory<byte> Hash { get; set; }

    /// <summary>Bytes of its data as stored; 0 for one that is not stored yet.</summary>
    public int DataLength => json.Length;

    public abstract Type EventType { get; }

    /// <exception cref="EventDataException">The stored JSON does not fit the type.</exception>
    public object Data => data ??= codec!.Deserialize(this, json);

    /// <summary>The very bytes that are stored; empty while the event is yet to be.</summary>
    public ReadOnlyMemory<byte> Json => json;

    public void SetData(object value) => data = value;

    public void SetJson(EventCodec reader, ReadOnlyMemory<byte> stored) => (codec, json) = (reader, stored);
}

sealed class StoredEvent<T> : StoredEvent, IEvent<T> where T : notnull
{
    T IEvent<T>.Data => (T)Data;
    public override Type EventType => typeof(T);
}
