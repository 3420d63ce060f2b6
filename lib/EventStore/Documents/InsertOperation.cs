using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>Writes a document that must not exist yet; fails the transaction when it does, or when somebody else commits it first.</summary>
sealed class InsertOperation(DocumentStore store, DocumentMapping mapping, string table, string tenantId, string id, object document) : ISessionOperation
{
    readonly byte[] data = JsonSerializer.SerializeToUtf8Bytes(document, mapping.Type, store.Options.Serializer);

    public bool FailsInSql => true;

    public void Configure(NpgsqlBatch batch)
    {
        var schema = store.Options.QuotedSchema;
        var command = new NpgsqlBatchCommand($"""
            with inserted as (
                insert into {table} (tenant_id, id, data, last_modified) values ($1, $2, $3, $4)
                on conflict (tenant_id, id) do nothing returning 1)
            select {schema}.expect_rows(count(*), 1, $5) from inserted
            """);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, tenantId));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, id));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Jsonb, data));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.TimestampTz, store.Options.TimeProvider.GetUtcNow()));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, $"{mapping.Type.Name} {id} exists already"));
        batch.BatchCommands.Add(command);
    }

    public Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) => reader.NextResultAsync(cancellationToken);
}
