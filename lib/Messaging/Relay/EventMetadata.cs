using System.Globalization;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Messaging
{
    /// <summary>What the store knows about an event that arrived as a message, besides its data.</summary>
    /// <param name="Sequence">Position in the whole log.</param>
    /// <param name="Version">Position in its stream, from 1.</param>
    /// <param name="Actor">Who caused the event: a person, a policy or an endpoint.</param>
    /// <param name="CausationId">Id of the command or event that caused it.</param>
    /// <param name="TraceParent">W3C trace context of the append.</param>
    /// <param name="Timestamp">When it was appended, UTC, by the store's clock.</param>
    public sealed record EventMetadata(
        Guid EventId, Guid StreamId, long Version, long Sequence, string TenantId, string? Actor,
        Guid? CorrelationId, Guid? CausationId, string? TraceParent, DateTimeOffset Timestamp);
}

namespace MassTransit
{
    public static class EventMetadataExtensions
    {
        /// <summary>The metadata of the event being handled; null where the message did not come from the relay (a timeout, for example).</summary>
        public static EventMetadata? EventMetadata(this ConsumeContext context)
        {
            var headers = context.Headers;
            if (context.MessageId is not { } id || !Guid.TryParse(headers.Get<string>(EventHeaders.StreamId), out var stream))
                return null;
            return new(
                context.GetOriginalMessageId() ?? id,
                stream,
                Number(headers, EventHeaders.Version),
                Number(headers, EventHeaders.Sequence),
                headers.Get<string>(EventHeaders.TenantId) ?? SessionOptions.DefaultTenant,
                headers.Get<string>(EventHeaders.Actor),
                context.ConversationId,
                Guid.TryParse(headers.Get<string>(EventHeaders.CausationId), out var causation) ? causation : null,
                headers.Get<string>(EventHeaders.TraceParent),
                DateTimeOffset.TryParse(headers.Get<string>(EventHeaders.Timestamp), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? at : default);
        }

        static long Number(Headers headers, string name) =>
            long.TryParse(headers.Get<string>(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }
}
