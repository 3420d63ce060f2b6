using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

class QuerySession(UnitOfWork unit, string tenantId) : IQuerySession
{
    protected UnitOfWork Unit => unit;
    public string TenantId => tenantId;
    public IDocumentStore DocumentStore => unit.Store;
    public IQueryEventStore Events => field ??= new StreamQueries(unit, tenantId);

    public Task<T?> LoadAsync<T>(Guid id, CancellationToken cancellationToken = default) where T : class
        => LoadAsync<T>(id.ToString("D"), cancellationToken);

    public async Task<T?> LoadAsync<T>(string id, CancellationToken cancellationToken = default) where T : class
    {
        var options = unit.Store.Options;
        var table = await TableToReadAsync<T>(cancellationToken);
        return await unit.ReadAsync(
            $"select data from {table} where tenant_id = $1 and id = $2",
            [Parameter.Of(NpgsqlDbType.Text, tenantId), Parameter.Of(NpgsqlDbType.Text, id)],
            async reader => await reader.ReadAsync(cancellationToken)
                ? JsonSerializer.Deserialize<T>(reader.GetFieldValue<byte[]>(0), options.Serializer)
                : null,
            cancellationToken);
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, CancellationToken cancellationToken = default, params object[] parameters) where T : class
    {
        var table = await TableToReadAsync<T>(cancellationToken);
        // the tenant inside, so that no condition of the caller's can let another's document through
        return await ReadAsync<T>($"select data from (select * from {table} where tenant_id = ${parameters.Length + 1}) as d {sql}", parameters, cancellationToken);
    }

    public async Task<IReadOnlyList<TResult>> SelectAsync<TDocument, TResult>(string sql, CancellationToken cancellationToken = default, params object[] parameters) where TDocument : class
    {
        var table = await TableToReadAsync<TDocument>(cancellationToken);
        // not materialized: the select's conditions and order reach the table's indexes
        return await ReadAsync<TResult>($"with documents as not materialized (select id, data from {table} where tenant_id = ${parameters.Length + 1}) {sql}", parameters, cancellationToken);
    }

    async Task<IReadOnlyList<T>> ReadAsync<T>(string sql, object[] parameters, CancellationToken cancellationToken)
    {
        var options = unit.Store.Options;
        return await unit.ReadAsync(
            sql,
            [.. parameters.Select(p => p as NpgsqlParameter ?? new NpgsqlParameter { Value = p }), Parameter.Of(NpgsqlDbType.Text, tenantId)],
            async reader =>
            {
                List<T> documents = [];
                while (await reader.ReadAsync(cancellationToken))
                    documents.Add(JsonSerializer.Deserialize<T>(reader.GetFieldValue<byte[]>(0), options.Serializer)!);
                return (IReadOnlyList<T>)documents;
            },
            cancellationToken);
    }

    public string TableOf(string projectionTable) => unit.TableOf(projectionTable);

    async ValueTask<string> TableToReadAsync<T>(CancellationToken cancellationToken)
    {
        var table = unit.Store.Options.Schema.Of(typeof(T)).TableName;
        await unit.Store.Tables.SettleAsync(table, cancellationToken);
        return unit.TableOf(table);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await unit.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
