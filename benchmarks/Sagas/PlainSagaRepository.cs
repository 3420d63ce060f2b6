using System.Text.Json;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Context;
using MassTransit.Saga;
using Npgsql;

namespace OptiInfra.Benchmarks.Sagas;

/// <summary>
/// The baseline: the shortest saga repository that is right, as one would write it by MassTransit's own integrations. A transaction for
/// each message: the instance is read under a lock, written, committed. It has no inbox.
/// </summary>
public sealed class PlainSagaRepositoryContextFactory<TSaga>(NpgsqlDataSource source, ISagaConsumeContextFactory<NpgsqlConnection, TSaga> factory)
    : ISagaRepositoryContextFactory<TSaga> where TSaga : class, ISaga
{
    public async Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<TSaga, T>> next) where T : class
    {
        await using var connection = await source.OpenConnectionAsync(context.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(context.CancellationToken);
        await next.Send(new PlainSagaRepositoryContext<TSaga, T>(context, connection, factory));
        await transaction.CommitAsync(context.CancellationToken);
    }

    public Task SendQuery<T>(ConsumeContext<T> context, ISagaQuery<TSaga> query, IPipe<SagaRepositoryQueryContext<TSaga, T>> next) where T : class =>
        throw new NotSupportedException("The baseline correlates by id.");

    public void Probe(ProbeContext context) => context.Add("persistence", "plain");
}

public sealed class PlainSagaRepositoryContext<TSaga, TMessage>(
    ConsumeContext<TMessage> context, NpgsqlConnection connection, ISagaConsumeContextFactory<NpgsqlConnection, TSaga> factory)
    : ConsumeContextScope<TMessage>(context), SagaRepositoryContext<TSaga, TMessage>
    where TSaga : class, ISaga where TMessage : class
{
    public Task<SagaConsumeContext<TSaga, T>> CreateSagaConsumeContext<T>(ConsumeContext<T> consumeContext, TSaga instance, SagaConsumeContextMode mode)
        where T : class => factory.CreateSagaConsumeContext(connection, consumeContext, instance, mode);

    public Task<SagaConsumeContext<TSaga, TMessage>> Add(TSaga instance) =>
        factory.CreateSagaConsumeContext(connection, this, instance, SagaConsumeContextMode.Add);

    public async Task<SagaConsumeContext<TSaga, TMessage>> Insert(TSaga instance)
    {
        var inserted = await ExecuteAsync("insert into plain_saga (correlation_id, data) values ($1, $2::jsonb) on conflict do nothing", instance);
        return inserted == 0 ? null! : await factory.CreateSagaConsumeContext(connection, this, instance, SagaConsumeContextMode.Insert);
    }

    public async Task<SagaConsumeContext<TSaga, TMessage>> Load(Guid correlationId)
    {
        await using var command = new NpgsqlCommand("select data::text from plain_saga where correlation_id = $1 for update", connection);
        command.Parameters.Add(new() { Value = correlationId });
        return await command.ExecuteScalarAsync(CancellationToken) is string json
            ? await factory.CreateSagaConsumeContext(connection, this, JsonSerializer.Deserialize<TSaga>(json)!, SagaConsumeContextMode.Load)
            : null!;
    }

    public async Task Save(SagaConsumeContext<TSaga> context)
    {
        if (await ExecuteAsync("insert into plain_saga (correlation_id, data) values ($1, $2::jsonb) on conflict do nothing", context.Saga) == 0)
            throw new ConcurrencyException("The saga exists already", typeof(TSaga), context.Saga.CorrelationId);
    }

    public Task Update(SagaConsumeContext<TSaga> context) => ExecuteAsync("update plain_saga set data = $2::jsonb where correlation_id = $1", context.Saga);

    public Task Delete(SagaConsumeContext<TSaga> context) => ExecuteAsync("delete from plain_saga where correlation_id = $1 and $2::jsonb is not null", context.Saga);

    public Task Discard(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    public Task Undo(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    async Task<int> ExecuteAsync(string sql, TSaga instance)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new() { Value = instance.CorrelationId });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(instance) });
        return await command.ExecuteNonQueryAsync(CancellationToken);
    }
}
