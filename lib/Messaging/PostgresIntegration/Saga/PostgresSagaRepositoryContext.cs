using MassTransit;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Saga;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>
/// The saga's side of handling one message. Nothing is written here: changes are collected, and the
/// factory commits them together with the inbox row and the session when the state machine has finished.
/// </summary>
sealed class PostgresSagaRepositoryContext<TSaga, TMessage>(
    ConsumeContext<TMessage> context, IDocumentSession session, MessageSchedulerContext scheduler,
    SagaTable<TSaga> table, SagaWrites<TSaga> writes, ISagaConsumeContextFactory<IDocumentSession, TSaga> factory)
    : ConsumeContextScope<TMessage>(context, session, scheduler), SagaRepositoryContext<TSaga, TMessage>
    where TSaga : class, ISaga
    where TMessage : class
{
    readonly Dictionary<Guid, SagaRow<TSaga>?> read = [];
    readonly HashSet<Guid> inserted = [];

    /// <summary>Gives an instance (or its absence) that was read before, so that it need not be read again.</summary>
    public void Remember(Guid correlationId, SagaRow<TSaga>? row) => read[correlationId] = row;

    public Task<SagaConsumeContext<TSaga, T>> CreateSagaConsumeContext<T>(ConsumeContext<T> consumeContext, TSaga instance, SagaConsumeContextMode mode)
        where T : class => factory.CreateSagaConsumeContext(session, consumeContext, instance, mode);

    public Task<SagaConsumeContext<TSaga, TMessage>> Add(TSaga instance) =>
        factory.CreateSagaConsumeContext(session, this, instance, SagaConsumeContextMode.Add);

    public async Task<SagaConsumeContext<TSaga, TMessage>> Insert(TSaga instance)
    {
        // the row itself is written on commit, where a faster one makes this message be handled again
        if (await FindAsync(instance.CorrelationId) is not null)
            return null!;
        inserted.Add(instance.CorrelationId);
        return await factory.CreateSagaConsumeContext(session, this, instance, SagaConsumeContextMode.Insert);
    }

    public async Task<SagaConsumeContext<TSaga, TMessage>> Load(Guid correlationId) => await FindAsync(correlationId) is { } row
        ? await factory.CreateSagaConsumeContext(session, this, row.Instance, SagaConsumeContextMode.Load)
        : null!;

    public Task Save(SagaConsumeContext<TSaga> context)
    {
        writes.Write(context.Saga, 0);
        return Task.CompletedTask;
    }

    public Task Update(SagaConsumeContext<TSaga> context)
    {
        writes.Write(context.Saga, inserted.Contains(context.Saga.CorrelationId) ? 0 : VersionOf(context.Saga));
        return Task.CompletedTask;
    }

    public Task Delete(SagaConsumeContext<TSaga> context)
    {
        if (!inserted.Contains(context.Saga.CorrelationId))
            writes.Delete(context.Saga.CorrelationId, VersionOf(context.Saga));
        return Task.CompletedTask;
    }

    public Task Discard(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    public Task Undo(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    int VersionOf(TSaga instance) => read.GetValueOrDefault(instance.CorrelationId)?.Version
        ?? throw new SagaException("The instance was not read in this context", typeof(TSaga), typeof(TMessage), instance.CorrelationId);

    async Task<SagaRow<TSaga>?> FindAsync(Guid correlationId)
    {
        if (!read.TryGetValue(correlationId, out var row))
            read[correlationId] = row = await table.LoadAsync(correlationId, CancellationToken);
        return row;
    }
}

/// <summary>Looking at sagas outside of any message.</summary>
sealed class PostgresSagaRepositoryContext<TSaga>(SagaTable<TSaga> table, CancellationToken cancellationToken)
    : BasePipeContext(cancellationToken), QuerySagaRepositoryContext<TSaga>, LoadSagaRepositoryContext<TSaga>
    where TSaga : class, ISaga
{
    public async Task<TSaga> Load(Guid correlationId) => (await table.LoadAsync(correlationId, CancellationToken))?.Instance!;

    public async Task<SagaRepositoryQueryContext<TSaga>> Query(ISagaQuery<TSaga> query, CancellationToken cancellationToken = default)
    {
        var rows = await table.QueryAsync(query.FilterExpression, cancellationToken);
        return new LoadedSagaRepositoryQueryContext<TSaga>(this, rows.Select(row => row.Instance));
    }
}
