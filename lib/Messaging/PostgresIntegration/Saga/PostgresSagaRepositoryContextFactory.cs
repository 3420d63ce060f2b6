using MassTransit;
using MassTransit.Saga;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>
/// Handles one message of a saga: looks into the inbox and reads the instance in one round trip, lets the state machine run,
/// and commits inbox row, instance, appended events and scheduled messages in one transaction. No transaction is open while
/// the state machine runs.
/// </summary>
sealed partial class PostgresSagaRepositoryContextFactory<TSaga>(
    SagaTable<TSaga> table, PostgresSagaOptions<TSaga> options, MessagingDatabase database, MessageSessions sessions,
    ISagaConsumeContextFactory<IDocumentSession, TSaga> factory, ILogger<PostgresSagaRepositoryContextFactory<TSaga>> logger)
    : ISagaRepositoryContextFactory<TSaga>, IQuerySagaRepositoryContextFactory<TSaga>, ILoadSagaRepositoryContextFactory<TSaga>
    where TSaga : class, ISaga
{
    public async Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<TSaga, T>> next) where T : class
    {
        var correlationId = context.CorrelationId!.Value;
        var delivery = Delivery.Of(context);
        using var turn = await options.Turns.EnterAsync(correlationId, context.CancellationToken);
        var (handled, row) = await table.LoadAsync(delivery, correlationId, context.CancellationToken);
        if (handled)
        {
            LogDuplicate(delivery.MessageId, delivery.Endpoint);
            return;
        }

        await using var session = sessions.Open(context);
        var repositoryContext = CreateContext(context, session);
        repositoryContext.Remember(correlationId, row);
        await next.Send(repositoryContext);
        await CommitAsync(session, delivery, correlationId, context.CancellationToken);
    }

    public async Task SendQuery<T>(ConsumeContext<T> context, ISagaQuery<TSaga> query, IPipe<SagaRepositoryQueryContext<TSaga, T>> next) where T : class
    {
        var delivery = Delivery.Of(context);
        if (await database.IsHandledAsync(delivery, context.CancellationToken))
        {
            LogDuplicate(delivery.MessageId, delivery.Endpoint);
            return;
        }

        var rows = await table.QueryAsync(query.FilterExpression, context.CancellationToken);
        await using var session = sessions.Open(context);
        var repositoryContext = CreateContext(context, session);
        foreach (var row in rows)
            repositoryContext.Remember(row.Instance.CorrelationId, row);
        await next.Send(new LoadedSagaRepositoryQueryContext<TSaga, T>(repositoryContext, rows.Select(row => row.Instance)));
        await CommitAsync(session, delivery, context.CorrelationId ?? Guid.Empty, context.CancellationToken);
    }

    public Task<T> Execute<T>(Func<LoadSagaRepositoryContext<TSaga>, Task<T>> asyncMethod, CancellationToken cancellationToken = default) where T : class =>
        asyncMethod(new PostgresSagaRepositoryContext<TSaga>(table, cancellationToken));

    public Task<T> Execute<T>(Func<QuerySagaRepositoryContext<TSaga>, Task<T>> asyncMethod, CancellationToken cancellationToken = default) where T : class =>
        asyncMethod(new PostgresSagaRepositoryContext<TSaga>(table, cancellationToken));

    public void Probe(ProbeContext context)
    {
        context.Add("persistence", "postgresql");
        context.Add("sagaType", options.SagaType);
    }

    PostgresSagaRepositoryContext<TSaga, T> CreateContext<T>(ConsumeContext<T> context, IDocumentSession session) where T : class =>
        new(context, session, sessions.SchedulerFor(context, session), table, factory);

    async Task CommitAsync(IDocumentSession session, Delivery delivery, Guid correlationId, CancellationToken cancellationToken)
    {
        try
        {
            if (!await delivery.CommitAsync(session, database, cancellationToken))
                LogDuplicate(delivery.MessageId, delivery.Endpoint);
        }
        catch (Exception e) when (DatabaseFaults.IsSagaConflict(e))
        {
            throw new MassTransit.ConcurrencyException("Another message changed the saga meanwhile", typeof(TSaga), correlationId, e);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Message {MessageId} was handled at {Endpoint} before; it is acknowledged without effect")]
    partial void LogDuplicate(Guid messageId, string endpoint);
}
