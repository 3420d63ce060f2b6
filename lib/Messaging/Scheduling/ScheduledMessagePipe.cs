using MassTransit;
using MassTransit.Serialization;

namespace OptiInfra.Messaging;

/// <summary>Sends a stored envelope as it is, without knowing the type of its message.</summary>
sealed class ScheduledMessagePipe(ScheduledMessageRow row) : IPipe<SendContext>
{
    public Task Send(SendContext context)
    {
        var deserializer = context.Serialization.GetMessageDeserializer(SystemTextJsonMessageSerializer.JsonContentType);
        var stored = deserializer.Deserialize(deserializer.GetMessageBody(row.Body), EmptyHeaders.Instance, row.Destination);
        context.MessageId = row.MessageId;
        context.ConversationId = stored.ConversationId;
        context.CorrelationId = stored.CorrelationId;
        context.InitiatorId = stored.InitiatorId;
        context.RequestId = stored.RequestId;
        context.SourceAddress = stored.SourceAddress;
        context.ResponseAddress = stored.ResponseAddress;
        context.FaultAddress = stored.FaultAddress;
        context.SupportedMessageTypes = stored.SupportedMessageTypes;
        foreach (var header in stored.Headers.GetAll())
            context.Headers.Set(header.Key, header.Value);
        context.Serializer = stored.GetMessageSerializer();
        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context) => context.CreateScope("scheduledMessage");
}
