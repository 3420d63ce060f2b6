using System.Diagnostics;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>The span of an event on its way to the bus: a child of its append, ended by the confirm.</summary>
static class PublishActivity
{
    public static Activity? Start(IEvent e, string? endpoint)
    {
        if (!RelayInstruments.Activities.HasListeners() || !ActivityContext.TryParse(e.TraceParent, null, isRemote: true, out var parent))
            return null;
        var before = Activity.Current;
        var activity = RelayInstruments.Activities.StartActivity($"publish {e.EventTypeName}", ActivityKind.Producer, parent);
        // many are on their way at once: none of them is what the relay does now
        Activity.Current = before;
        return activity?
            .SetTag("messaging.system", "rabbitmq")
            .SetTag("messaging.operation.type", "send")
            .SetTag("messaging.destination.name", endpoint ?? e.EventTypeName)
            .SetTag("messaging.message.id", e.Id.ToString("D"))
            .SetTag("messaging.message.conversation_id", (e.CorrelationId ?? e.Id).ToString("D"))
            .SetTag("event.sequence", e.Sequence);
    }
}
