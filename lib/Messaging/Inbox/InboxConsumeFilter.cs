using MassTransit;
using MassTransit.Context;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Messaging;

/// <summary>
/// Around a consumer: drops what was handled before, gives the consumer a session, and commits that session together with
/// the inbox row when the consumer has finished. No transaction is open while the consumer runs, so that it may work in
/// sessions of its own before (intent, call, outcome).
/// </summary>
sealed partial class InboxConsumeFilter<TMessage>(MessagingDatabase database, MessageSessions sessions, ILogger logger)
    : IFilter<ConsumeContext<TMessage>> where TMessage : class
{
    public async Task Send(ConsumeContext<TMessage> context, IPipe<ConsumeContext<TMessage>> next)
    {
        var delivery = Delivery.Of(context);
        if (await database.IsHandledAsync(delivery, context.CancellationToken))
        {
            LogDuplicate(delivery.MessageId, delivery.Endpoint);
            return;
        }

        await using var session = sessions.Open(context);
        await next.Send(new ConsumeContextScope<TMessage>(context, session, sessions.SchedulerFor(context, session)));
        if (!await delivery.CommitAsync(session, database, context.CancellationToken))
            LogDuplicate(delivery.MessageId, delivery.Endpoint);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("inbox");

    [LoggerMessage(LogLevel.Debug, "Message {MessageId} was handled at {Endpoint} before; it is acknowledged without effect")]
    partial void LogDuplicate(Guid messageId, string endpoint);
}
