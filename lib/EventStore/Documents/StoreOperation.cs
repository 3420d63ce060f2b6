using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>Stores documents of one type in one command; of two under the same key the later one counts.</summary>
/// <param name="table">With its schema.</param>
sealed class StoreOperation(DocumentStore store, DocumentMapping mapping, string table) : ISessionOperation
{
    readonly Dictionary<(string Tenant, string Id), byte[]> documents = [];

    public bool FailsInSql => true;

    public int Count => documents.Count;

    public bool Takes(DocumentMapping other, string otherTable) => ReferenceEquals(mapping, other) && table == otherTable;

    public void Add(string tenantId, string id, object document)
        => documents[(tenantId, id)] = JsonSerializer.SerializeToUtf8Bytes(document, mapping.Type, store.Options.Serializer);

    public void Configure(NpgsqlBatch batch)
    {
        // in the order of keys, so that two writers of the same documents do not lock them crosswise
        var ordered = documents.OrderBy(d => d.Key.Tenant, StringComparer.Ordinal).ThenBy(d => d.Key.Id, StringComparer.Ordinal).ToList();
        var command = new NpgsqlBatchCommand($"""
            insert into {table} (tenant_id, id, data, last_modified)
            select d.tenant_id, d.id, d.data, $4 from unnest($1, $2, $3) as d(tenant_id, id, data)
            on conflict (tenant_id, id) do update set data = excluded.data, last_modified = excluded.last_modified
            """);
        command.Parameters.Add(Parameter.Array(NpgsqlDbType.Text, ordered.ConvertAll(d => d.Key.Tenant)));
        command.Parameters.Add(Parameter.Array(NpgsqlDbType.Text, ordered.ConvertAll(d => d.Key.Id)));
        command.Parameters.Add(Parameter.Array(NpgsqlDbType.Jsonb, ordered.ConvertAll(d => d.Value)));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.TimestampTz, store.Options.TimeProvider.GetUtcNow()));
        batch.BatchCommands.Add(command);
    }

    public Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) => Task.CompletedTask;
}
