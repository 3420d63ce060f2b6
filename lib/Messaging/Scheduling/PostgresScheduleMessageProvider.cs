using MassTransit;
using MassTransit.Context;
using MassTransit.Scheduling;
using MassTransit.Serialization;
using MassTransit.Transports;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>
/// Scheduled messages as rows of the session in which they are asked for.
/// MassTransit hands over wall-clock instants (its <c>Schedule</c> adds the delay to the system's clock): what counts here is
/// how far they lie ahead, and that distance is measured on the injected clock.
/// </summary>
sealed class PostgresScheduleMessageProvider(IDocumentSession session, MessagingDatabase database, ConsumeContext context, TimeProvider clock)
    : IScheduleMessageProvider
{
    public async Task<ScheduledMessage<T>> ScheduleSend<T>(
        Uri destinationAddress, DateTime scheduledTime, T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
        where T : class
    {
        if (!MessageTypeCache<T>.IsValidMessageType)
            throw new ArgumentException(MessageTypeCache<T>.InvalidMessageTypeReason, nameof(message));

        var delay = new DateTimeOffset(scheduledTime.ToUniversalTime()) - TimeProvider.System.GetUtcNow();
        var token = ScheduleTokenIdCache<T>.GetTokenId(message);
        var send = new MessageSendContext<T>(message, cancellationToken)
        {
            SourceAddress = context.ReceiveContext.InputAddress,
            DestinationAddress = destinationAddress,
            ConversationId = context.ConversationId,
            InitiatorId = context.CorrelationId,
            Serializer = SystemTextJsonMessageSerializer.Instance,
        };
        send.Headers.Set(EventHeaders.TenantId, session.TenantId);
        send.Headers.Set(EventHeaders.TraceParent, session.Metadata.TraceParent);
        if (pipe.IsNotEmpty())
            await pipe.Send(send);
        token = send.ScheduledMessageId ?? token;
        send.Headers.Set(MessageHeaders.SchedulingTokenId, token.ToString("D"));

        session.QueueSqlCommand(
            $"""
            insert into {database.Schema}.scheduled_message (token, message_id, due, destination, body) values ($1, $2, $3, $4, $5)
            on conflict (token) do update set message_id = excluded.message_id, due = excluded.due, destination = excluded.destination,
                body = excluded.body, attempts = 0, retry_at = null, last_error = null
            """,
            token, send.MessageId!.Value, clock.GetUtcNow() + delay, Portable(destinationAddress), send.Body.GetString());
        return new ScheduledMessageHandle<T>(token, scheduledTime, destinationAddress, message);
    }

    public Task CancelScheduledSend(Guid tokenId, CancellationToken cancellationToken)
    {
        session.QueueSqlCommand($"delete from {database.Schema}.scheduled_message where token = $1", tokenId);
        return Task.CompletedTask;
    }

    public Task CancelScheduledSend(Uri destinationAddress, Guid tokenId, CancellationToken cancellationToken) =>
        CancelScheduledSend(tokenId, cancellationToken);

    /// <summary>Without the broker's host, so that a row outlives a move of the broker.</summary>
    static string Portable(Uri address) => address.Scheme is "queue" or "exchange" or "topic"
        ? address.ToString()
        : $"exchange:{address.GetEndpointName()}{address.Query}";
}
