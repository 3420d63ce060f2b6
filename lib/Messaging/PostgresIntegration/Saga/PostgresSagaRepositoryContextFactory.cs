using MassTransit;
using MassTransit.Saga;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>
/// Handles one message of a saga: looks into the inbox and reads the instance in one round trip (none, where this process wrote
/// the instance last), lets the state machine run, and commits inbox row, instance, appended events and scheduled messages in one transaction. No transaction is open while
/// the state machine runs.
/// </summary>
sealed partial class PostgresSagaRepositoryContextFactory<TSaga>(
    SagaTable<TSaga> table, SagaCache<TSaga> cache, PostgresSagaOptions<TSaga> options, MessagingDatabase database, MessageSessions sessions,
    ISagaConsumeContextFactory<IDocumentSession, TSaga> factory, ILogger<PostgresSagaRepositoryContextFactory<TSaga>> logger)
    : ISagaRepositoryContextFactory<TSaga>, IQuerySagaRepositoryContextFactory<TSaga>, ILoadSagaRepositoryContextFactory<TSaga>
    where TSaga : class, ISaga
{
    public async Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<TSaga, T>> next) where T : class
    {
        var correlationId = context.CorrelationId!.Value;
        var delivery = Delivery.Of(context);
        using var turn = await options.Turns.EnterAsync(correlationId, context.CancellationToken);
        if (cache.Find(correlationId) is { } remembered)
        {
            try
            {
                await HandleAsync(context, delivery, [(correlationId, remembered)], context => context, next);
                return;
            }
            catch (Exception e) when (!context.CancellationToken.IsCancellationRequested)
            {
                // the state may be stale or the message a duplicate: only what happens on the stored state counts
                LogReadAgain(correlationId, e.Message);
            }
        }

        var (handled, row) = await table.LoadAsync(delivery, correlationId, context.CancellationToken);
        if (handled)
            LogDuplicate(delivery.MessageId, delivery.Endpoint);
        else
            await HandleAsync(context, delivery, [(correlationId, row)], context => context, next);
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
        await HandleAsync<T, SagaRepositoryQueryContext<TSaga, T>>(
            context, delivery, [.. rows.Select(row => (row.Instance.CorrelationId, (SagaRow<TSaga>?)row))],
            repository => new LoadedSagaRepositoryQueryContext<TSaga, T>(repository, rows.Select(row => row.Instance)), next);
    }

    /// <summary>Runs the state machine on what was read and commits; a message that somebody else handled meanwhile has no effect.</summary>
    async Task HandleAsync<T, TContext>(
        ConsumeContext<T> context, Delivery delivery, IReadOnlyList<(Guid CorrelationId, SagaRow<TSaga>? Row)> read,
        Func<SagaRepositoryContext<TSaga, T>, TContext> wrap, IPipe<TContext> next)
        where T : class where TContext : class, PipeContext
    {
        await using var session = sessions.Open(context);
        var writes = new SagaWrites<TSaga>(table, options, cache);
        var repository = new PostgresSagaRepositoryContext<TSaga, T>(context, session, sessions.SchedulerFor(context, session), table, writes, factory);
        foreach (var (correlationId, row) in read)
            repository.Remember(correlationId, row);
        try
        {
            await next.Send(wrap(repository));
            if (await writes.CommitAsync(session, delivery, database, context.CancellationToken))
            {
                writes.RememberCommitted();
                return;
            }

            LogDuplicate(delivery.MessageId, delivery.Endpoint);
        }
        catch (Exception e) when (DatabaseFaults.IsSagaConflict(e))
        {
            cache.Share();
            throw new MassTransit.ConcurrencyException("Another message changed the saga meanwhile", typeof(TSaga), context.CorrelationId ?? Guid.Empty, e);
        }
        finally
        {
            if (!writes.Committed)
                foreach (var (correlationId, _) in read)
                    cache.Evict(correlationId);
        }
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

    [LoggerMessage(LogLevel.Debug, "Message {MessageId} was handled at {Endpoint} before; it is acknowledged without effect")]
    partial void LogDuplicate(Guid messageId, string endpoint);

    [LoggerMessage(LogLevel.Debug, "Saga {CorrelationId} is read again: {Reason}")]
    partial void LogReadAgain(Guid correlationId, string reason);
}
