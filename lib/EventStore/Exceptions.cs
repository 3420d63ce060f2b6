namespace OptiInfra.EventStore;

/// <summary>Somebody else changed what the caller had read; read again and decide again.</summary>
public class ConcurrencyException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A stream stood at another version than expected.</summary>
public sealed class EventStreamUnexpectedMaxEventIdException(Guid streamId, long expected, long actual)
    : ConcurrencyException($"Stream {streamId} was expected at version {expected} and is at {actual}; read it again.")
{
    public Guid StreamId { get; } = streamId;
    public long Expected { get; } = expected;
    public long Actual { get; } = actual;
}

/// <summary>A stream that was to be started exists.</summary>
public sealed class ExistingStreamIdCollisionException(Guid streamId)
    : ConcurrencyException($"Stream {streamId} exists already; append to it instead of starting it.")
{
    public Guid StreamId { get; } = streamId;
}

/// <summary>A checkpoint stood elsewhere than its owner believed.</summary>
public sealed class ProgressionOutOfOrderException(string name, long expected)
    : ConcurrencyException($"Progression '{name}' is not at {expected}; another process moves it.");

/// <summary>The database's schema is newer than this program.</summary>
public sealed class SchemaVersionException(string message) : Exception(message);

/// <summary>An event type is not registered, or its stored name is unknown.</summary>
public sealed class UnknownEventTypeException(string message) : Exception(message);

/// <summary>A stream belongs to another tenant than the session.</summary>
public sealed class StreamOfAnotherTenantException(Guid streamId)
    : Exception($"Stream {streamId} belongs to another tenant than the session's.")
{
    public Guid StreamId { get; } = streamId;
}

/// <summary>The stored data of an event does not fit its type; the message names the event.</summary>
public sealed class EventDataException(string message, Exception inner) : Exception(message, inner);

/// <summary>A newer program has taken an inline projection over, or the schema has not been applied for this one.</summary>
public sealed class ProjectionVersionException(string message) : Exception(message);

/// <summary>A stream that is archived takes no more events.</summary>
public sealed class StreamArchivedException(Guid streamId)
    : Exception($"Stream {streamId} is archived and takes no more events; unarchive it first.")
{
    public Guid StreamId { get; } = streamId;
}
