using System.Text;
using System.Text.Json;

namespace OptiInfra.EventStore;

/// <summary>Events as they are stored, for those who show or carry them without understanding them.</summary>
public static class StoredText
{
    /// <summary>The data's very bytes (UTF-8 JSON).</summary>
    /// <exception cref="ArgumentException">The event was not read from a store.</exception>
    public static ReadOnlyMemory<byte> Data(IEvent @event) => @event is StoredEvent { Json: { Length: > 0 } json } ? json
        : throw new ArgumentException($"Event {@event.Id} was not read from a store.", nameof(@event));

    /// <summary>The event as a line of an export, without the stream's aggregate type.</summary>
    public static string Line(IEvent @event) => JsonSerializer.Serialize(Of(@event, aggregate: null), TransferJson.Options);

    internal static EventLine Of(IEvent e, string? aggregate) => new(
        e.Sequence, e.Id, e.StreamId, e.Version, aggregate, e.EventTypeName, e.SchemaVersion, e.Timestamp, e.TenantId, e.Actor,
        e.CorrelationId, e.CausationId, e.TraceParent, Convert.ToHexStringLower(e.Hash.Span), Encoding.UTF8.GetString(Data(e).Span));
}
