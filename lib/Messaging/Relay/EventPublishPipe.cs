using System.Globalization;
using MassTransit;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>Writes what the store knows about an event on the message that carries it.</summary>
sealed class EventPublishPipe(IEvent e) : IPipe<PublishContext>, IPipe<SendContext>
{
    public Task Send(PublishContext context) => Send((SendContext)context);

    public Task Send(SendContext context)
    {
        Fill(context, e);
        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context) => context.CreateScope("event");

    public static void Fill(SendContext context, IEvent e)
    {
        context.MessageId = e.Id;
        // an event that starts something is the root of what follows from it
        context.ConversationId = e.CorrelationId ?? e.Id;
        context.CorrelationId = e.CorrelationId;
        context.InitiatorId = e.CausationId;
        var headers = context.Headers;
        headers.Set(EventHeaders.Sequence, e.Sequence.ToString(CultureInfo.InvariantCulture));
        headers.Set(EventHeaders.Version, e.Version.ToString(CultureInfo.InvariantCulture));
        headers.Set(EventHeaders.StreamId, e.StreamId.ToString("D"));
        headers.Set(EventHeaders.TenantId, e.TenantId);
        headers.Set(EventHeaders.Timestamp, e.Timestamp.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        if (e.Actor is not null)
            headers.Set(EventHeaders.Actor, e.Actor);
        if (e.CausationId is { } causation)
            headers.Set(EventHeaders.CausationId, causation.ToString("D"));
        if (e.TraceParent is not null)
            headers.Set(EventHeaders.TraceParent, e.TraceParent);
    }
}
