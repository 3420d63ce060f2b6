using System.Text.Json;
using OptiInfra.Contracts;
using OptiInfra.EventStore;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>An event of the log: what happened, when, and who caused it.</summary>
[ObjectType("Event")]
sealed class EventEntry(IEvent stored)
{
    /// <summary>Position in the whole log, ascending, with gaps; where a subscription can go on.</summary>
    public long Sequence => stored.Sequence;
    public Guid Id => stored.Id;
    public Guid StreamId => stored.StreamId;
    /// <summary>Position in its stream, from 1.</summary>
    public long Version => stored.Version;
    /// <summary>The stored name, for example phase_completed.</summary>
    public string Type => stored.EventTypeName;
    public int SchemaVersion => stored.SchemaVersion;
    public DateTimeOffset At => stored.Timestamp;
    /// <summary>A person, a policy or an agent.</summary>
    public string? Actor => stored.Actor;
    public Guid? CorrelationId => stored.CorrelationId;
    /// <summary>The command or event that caused it.</summary>
    public Guid? CausationId => stored.CausationId;
    /// <summary>SHA-256 over this event and its predecessor's hash, hexadecimal.</summary>
    public string Hash => Convert.ToHexStringLower(stored.Hash.Span);
    public JsonElement Data => stored.Data is UnknownEvent unknown
        ? JsonElement.Parse(unknown.Json)
        : JsonSerializer.SerializeToElement(stored.Data, stored.EventType, ContractsJson.Options);
}
