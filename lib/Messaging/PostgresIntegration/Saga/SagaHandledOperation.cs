using Npgsql;
using NpgsqlTypes;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>Inbox row and instance of one message, or of several whose saves go together; version 0 is a new instance.</summary>
sealed record SagaHandledOperation(
    string Schema, Delivery Delivery, string SagaType, Guid CorrelationId, int Version, string? State, string Json) : ICombinableOperation
{
    public bool FailsInSql => true;

    public object Kind => (typeof(SagaHandledOperation), Schema);

    public ISessionOperation Combine(IReadOnlyList<ICombinableOperation> operations) => new Combined([.. operations.Cast<SagaHandledOperation>()]);

    public void Configure(NpgsqlBatch batch)
    {
        var command = new NpgsqlBatchCommand($"select {Schema}.saga_handled($1, $2, $3, $4, $5, $6, $7)");
        Delivery.AddTo(command.Parameters);
        command.Parameters.Add(new() { Value = SagaType });
        command.Parameters.Add(new() { Value = CorrelationId });
        command.Parameters.Add(new() { Value = Version });
        command.Parameters.Add(new() { Value = (object?)State ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = Json, NpgsqlDbType = NpgsqlDbType.Jsonb });
        batch.BatchCommands.Add(command);
    }

    public Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) => reader.NextResultAsync(cancellationToken);

    sealed class Combined : ISessionOperation
    {
        readonly SagaHandledOperation[] messages;

        // in one order everywhere, so that two groups do not lock crosswise
        public Combined(SagaHandledOperation[] messages) => this.messages = [.. messages.OrderBy(m => m.CorrelationId)];

        public bool FailsInSql => true;

        public void Configure(NpgsqlBatch batch)
        {
            var command = new NpgsqlBatchCommand($"select {messages[0].Schema}.saga_handled_group($1, $2, $3, $4, $5, $6, $7)");
            Add(NpgsqlDbType.Text, m => m.Delivery.Endpoint);
            Add(NpgsqlDbType.Uuid, m => m.Delivery.MessageId);
            Add(NpgsqlDbType.Text, m => m.SagaType);
            Add(NpgsqlDbType.Uuid, m => m.CorrelationId);
            Add(NpgsqlDbType.Integer, m => m.Version);
            Add(NpgsqlDbType.Text, m => m.State);
            Add(NpgsqlDbType.Jsonb, m => m.Json);
            batch.BatchCommands.Add(command);

            void Add<T>(NpgsqlDbType type, Func<SagaHandledOperation, T> value) =>
                command.Parameters.Add(new() { Value = Array.ConvertAll(messages, m => value(m)), NpgsqlDbType = NpgsqlDbType.Array | type });
        }

        public Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) => reader.NextResultAsync(cancellationToken);
    }
}
