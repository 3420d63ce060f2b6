using System.Collections.Concurrent;
using MassTransit;
using MassTransit.Context;
using MassTransit.Logging;
using MassTransit.Serialization;
using OptiInfra.EventStore;
using RabbitMQ.Client;

namespace OptiInfra.Messaging;

/// <summary>An event as MassTransit's consumers expect it on RabbitMQ: its envelope, in the same JSON as the store.</summary>
sealed class EventMessage
{
    static readonly ConcurrentDictionary<Type, Func<IEvent, string?, (SendContext Context, byte[] Body)>> Envelopes = new();

    EventMessage(BasicProperties properties, ReadOnlyMemory<byte> body) => (Properties, Body) = (properties, body);

    public BasicProperties Properties { get; }
    public ReadOnlyMemory<byte> Body { get; }

    /// <param name="traceParent">Of the span under which the consumers go on; the append's own where null.</param>
    public static EventMessage Of(IEvent e, string? traceParent = null)
    {
        var (context, body) = Envelopes.GetOrAdd(e.EventType, MakeEnvelope)(e, traceParent ?? e.TraceParent);
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var header in context.Headers.GetAll())
            headers[header.Key] = header.Value;
        return new(
            new BasicProperties
            {
                ContentType = SystemTextJsonMessageSerializer.JsonContentType.ToString(),
                DeliveryMode = DeliveryModes.Persistent,
                MessageId = e.Id.ToString("D"),
                CorrelationId = e.CorrelationId?.ToString("D"),
                Headers = headers,
            },
            body);
    }

    static Func<IEvent, string?, (SendContext Context, byte[] Body)> MakeEnvelope(Type type) =>
        typeof(EventMessage).GetMethod(nameof(EnvelopeOf), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(type).CreateDelegate<Func<IEvent, string?, (SendContext Context, byte[] Body)>>();

    static (SendContext Context, byte[] Body) EnvelopeOf<T>(IEvent e, string? traceParent) where T : class
    {
        var context = new MessageSendContext<T>((T)e.Data);
        EventPublishPipe.Fill(context, e);
        if (traceParent is not null)
            context.Headers.Set(DiagnosticHeaders.ActivityId, traceParent);
        return (context, SystemTextJsonMessageSerializer.Instance.GetMessageBody(context).GetBytes());
    }
}
