using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>Loads documents of several tenants by key.</summary>
sealed class LoadDocuments<T> : ISessionOperation where T : class
{
    readonly DocumentStore store;
    readonly DocumentMapping mapping;
    readonly List<(string Tenant, string Id)> keys;
    readonly string table;
    readonly bool locking;
    readonly Dictionary<(string Tenant, string Id), T> loaded = [];

    LoadDocuments(DocumentStore store, DocumentMapping mapping, string table, IEnumerable<(string Tenant, string Id)> keys, bool locking)
        => (this.store, this.mapping, this.table, this.keys, this.locking) = (store, mapping, table, [.. keys], locking);

    public static async Task<IReadOnlyDictionary<(string Tenant, string Id), T>> RunAsync(UnitOfWork unit, DocumentMapping mapping, IEnumerable<(string Tenant, string Id)> keys, CancellationToken cancellationToken)
    {
        var load = new LoadDocuments<T>(unit.Store, mapping, unit.TableOf(mapping.TableName), keys, unit.LocksDocuments);
        await unit.ReadAsync(batch => load.Configure(batch), async reader =>
        {
            await load.PostprocessAsync(reader, cancellationToken);
            return true;
        }, cancellationToken);
        return load.loaded;
    }

    public void Configure(NpgsqlBatch batch)
    {
        if (locking)
            batch.BatchCommands.Add(LockKeys());
        var command = new NpgsqlBatchCommand($"""
            select d.tenant_id, d.id, d.data from {table} d
              join unnest($1, $2) as k(tenant_id, id) on d.tenant_id = k.tenant_id and d.id = k.id
            {(locking ? "for update of d" : "")}
            """);
        command.Parameters.Add(Parameter.Array(NpgsqlDbType.Text, keys.ConvertAll(k => k.Tenant)));
        command.Parameters.Add(Parameter.Array(NpgsqlDbType.Text, keys.ConvertAll(k => k.Id)));
        batch.BatchCommands.Add(command);
    }

    /// <summary>Also keys that have no document yet: two appends must not both create it. In order, so that nobody waits crosswise.</summary>
    NpgsqlBatchCommand LockKeys()
    {
        var locks = keys.ConvertAll(k => StableHash.LockKey(mapping.TableName, store.Options.DatabaseSchemaName, k.Tenant + "\n" + k.Id));
        var command = new NpgsqlBatchCommand("select pg_advisory_xact_lock($1, k) from (select distinct k from unnest($2) as k order by k) as k");
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Integer, locks[0].Class));
        command.Parameters.Add(Parameter.Array(NpgsqlDbType.Integer, locks.ConvertAll(l => l.Key)));
        return command;
    }

    public async Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        if (locking)
            await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            loaded.Add((reader.GetString(0), reader.GetString(1)), JsonSerializer.Deserialize<T>(reader.GetFieldValue<byte[]>(2), store.Options.Serializer)!);
        await reader.NextResultAsync(cancellationToken);
    }
}
