namespace OptiInfra.Messaging;

/// <summary>Headers of a message that carries an event. All values are text; instants are ISO 8601 in UTC.</summary>
public static class EventHeaders
{
    public const string Sequence = "event-sequence";
    public const string Version = "event-version";
    public const string StreamId = "event-stream-id";
    public const string TenantId = "event-tenant-id";
    public const string Actor = "event-actor";
    public const string CausationId = "event-causation-id";
    public const string Timestamp = "event-timestamp";
    /// <summary>W3C trace context of the append.</summary>
    public const string TraceParent = "traceparent";
}
