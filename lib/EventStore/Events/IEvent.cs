namespace OptiInfra.EventStore;

/// <summary>An event as it was stored, with everything that is known about it besides its data.</summary>
public interface IEvent
{
    /// <summary>Identity of this event; the message id under which it travels on a bus.</summary>
    Guid Id { get; }
    Guid StreamId { get; }
    /// <summary>Position in its stream, from 1, without gaps.</summary>
    long Version { get; }
    /// <summary>Position in the whole log, ascending, with gaps.</summary>
    long Sequence { get; }
    object Data { get; }
    Type EventType { get; }
    /// <summary>The stored, explicit name of the type, for example <c>phase_completed</c>.</summary>
    string EventTypeName { get; }
    /// <summary>Version of the type's schema as stored, before any upcasting.</summary>
    int SchemaVersion { get; }
    /// <summary>When it was appended, UTC, to the microsecond, by the store's clock.</summary>
    DateTimeOffset Timestamp { get; }
    /// <summary>The customer to whom the stream belongs.</summary>
    string TenantId { get; }
    /// <summary>Who caused it: a person, a policy or an agent.</summary>
    string? Actor { get; }
    Guid? CorrelationId { get; }
    /// <summary>Id of the command or event that caused it.</summary>
    Guid? CausationId { get; }
    /// <summary>W3C trace context of the append.</summary>
    string? TraceParent { get; }
    /// <summary>SHA-256 over this event and its predecessor's hash in the same stream.</summary>
    ReadOnlyMemory<byte> Hash { get; }
}

/// <inheritdoc cref="IEvent"/>
public interface IEvent<out T> : IEvent where T : notnull
{
    new T Data { get; }
}
