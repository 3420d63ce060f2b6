using System.Diagnostics;
using MassTransit;
using MassTransit.Context;
using MassTransit.Scheduling;
using MassTransit.Transports;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging
{
    /// <summary>Opens the unit of work in which a message is handled.</summary>
    sealed class MessageSessions(IDocumentStore store, MessagingDatabase database)
    {
        /// <summary>A session whose events will name the message as their cause and the endpoint as their actor.</summary>
        public IDocumentSession Open(ConsumeContext context) => store.LightweightSession(new SessionOptions
        {
            TenantId = context.Headers.Get<string>(EventHeaders.TenantId) ?? SessionOptions.DefaultTenant,
            Actor = context.ReceiveContext.InputAddress.GetEndpointName(),
            CorrelationId = context.ConversationId,
            CausationId = context.GetOriginalMessageId() ?? context.MessageId,
            TraceParent = TraceParent(context),
        });

        /// <summary>What <c>Schedule</c> and <c>ScheduleSend</c> find: rows in the session's transaction.</summary>
        public MessageSchedulerContext SchedulerFor(ConsumeContext context, IDocumentSession session) =>
            new ConsumeMessageSchedulerContext(context, c =>
                new MessageScheduler(new PostgresScheduleMessageProvider(session, database, c, store.Options.TimeProvider), c.GetPayload<IBusTopology>()));

        static string? TraceParent(ConsumeContext context)
        {
            var header = context.Headers.Get<string>(EventHeaders.TraceParent);
            var current = Activity.Current;
            // a span of this process is the better parent, but only where it belongs to the same trace
            return header is null || (current?.Id is { } id && header.AsSpan(0, Math.Min(35, header.Length)).SequenceEqual(id.AsSpan(0, Math.Min(35, id.Length))))
                ? current?.Id ?? header
                : header;
        }
    }
}

namespace MassTransit
{
    public static class MessageSessionExtensions
    {
        /// <summary>
        /// The session of the message being handled. What is appended or stored in it is committed after the consumer or
        /// the state machine has finished, together with the inbox row and the saga's state: do not save it yourself.
        /// </summary>
        public static IDocumentSession Session(this PipeContext context) => context.GetPayload<IDocumentSession>();
    }
}
