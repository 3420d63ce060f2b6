using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

sealed class EventProgression(DocumentStore store) : IEventProgression
{
    public async Task<long> LoadAsync(string name, CancellationToken cancellationToken = default)
    {
        await using var command = store.DataSource.CreateCommand($"select last_seq_id from {store.Options.QuotedSchema}.event_progression where name = $1");
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, name));
        return await command.ExecuteScalarAsync(cancellationToken) is long position ? position : 0;
    }

    public async Task AdvanceAsync(string name, long from, long to, CancellationToken cancellationToken = default)
    {
        await using var unit = new UnitOfWork(store);
        unit.Queue(Advance(name, from, to));
        await unit.SaveChangesAsync(cancellationToken);
    }

    public ISessionOperation Advance(string name, long from, long to) => new AdvanceOperation(store, name, from, to);

    sealed class AdvanceOperation(DocumentStore store, string name, long from, long to) : ISessionOperation
    {
        public bool FailsInSql => true;

        public void Configure(NpgsqlBatch batch)
        {
            var command = new NpgsqlBatchCommand($"select {store.Options.QuotedSchema}.advance_progression($1, $2, $3, $4)");
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, name));
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, from));
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, to));
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.TimestampTz, store.Options.TimeProvider.GetUtcNow()));
            batch.BatchCommands.Add(command);
        }

        public Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) => reader.NextResultAsync(cancellationToken);
    }
}
