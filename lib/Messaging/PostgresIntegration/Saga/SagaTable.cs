using System.Linq.Expressions;
using MassTransit;
using Npgsql;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>The rows of one saga type in saga_state.</summary>
sealed class SagaTable<TSaga>(MessagingDatabase database, PostgresSagaOptions<TSaga> options) where TSaga : class, ISaga
{
    readonly string select = $"select version, data::text from {database.Schema}.saga_state where saga_type = $1";

    /// <summary>Whether the message was handled before, and the instance: one round trip.</summary>
    public async Task<(bool Handled, SagaRow<TSaga>? Row)> LoadAsync(Delivery delivery, Guid correlationId, CancellationToken cancellationToken)
    {
        await using var batch = database.Source.CreateBatch();
        var inbox = new NpgsqlBatchCommand($"select 1 from {database.Schema}.inbox where endpoint = $1 and message_id = $2");
        delivery.AddTo(inbox.Parameters);
        batch.BatchCommands.Add(inbox);
        batch.BatchCommands.Add(ById(correlationId));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (await reader.ReadAsync(cancellationToken))
            return (true, null);
        await reader.NextResultAsync(cancellationToken);
        return (false, await reader.ReadAsync(cancellationToken) ? Read(reader) : null);
    }

    public async Task<SagaRow<TSaga>?> LoadAsync(Guid correlationId, CancellationToken cancellationToken)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(ById(correlationId));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <exception cref="NotSupportedException">The filter is more than equalities joined by AND.</exception>
    public async Task<IReadOnlyList<SagaRow<TSaga>>> QueryAsync(Expression<Func<TSaga, bool>> filter, CancellationToken cancellationToken)
    {
        var contained = SagaFilter.ToJson(filter, options.Serializer);
        await using var command = database.Source.CreateCommand($"{select} and data @> $2::jsonb order by correlation_id");
        command.Parameters.Add(new() { Value = options.SagaType });
        command.Parameters.Add(new() { Value = contained });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<SagaRow<TSaga>>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(Read(reader));
        return rows;
    }

    /// <summary>Inbox row and instance in one call; version 0 is a new instance.</summary>
    public void Handled(IDocumentSession session, Delivery delivery, Guid correlationId, int version, string? state, string json) =>
        session.QueueOperation(new SagaHandledOperation(database.Schema, delivery, options.SagaType, correlationId, version, state, json));

    public void Insert(IDocumentSession session, Guid correlationId, string? state, string json) => session.QueueSqlCommand(
        $"insert into {database.Schema}.saga_state (saga_type, correlation_id, current_state, version, data) values ($1, $2, $3::text, 1, $4::jsonb)",
        options.SagaType, correlationId, state, json);

    public void Update(IDocumentSession session, Guid correlationId, int version, string? state, string json) => session.QueueSqlCommand(
        $"select {database.Schema}.saga_state_update($1, $2, $3, $4::text, $5::jsonb)", options.SagaType, correlationId, version, state, json);

    public void Delete(IDocumentSession session, Guid correlationId, int version) =>
        session.QueueSqlCommand($"select {database.Schema}.saga_state_delete($1, $2, $3)", options.SagaType, correlationId, version);

    NpgsqlBatchCommand ById(Guid correlationId) => new($"{select} and correlation_id = $2")
    {
        Parameters = { new() { Value = options.SagaType }, new() { Value = correlationId } },
    };

    SagaRow<TSaga> Read(NpgsqlDataReader reader) => options.Read(reader.GetString(1), reader.GetInt32(0));
}
