using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>The appends of several saves in one call. One that does not find its stream as expected is refused, and only it.</summary>
sealed class GroupAppendOperation : ISessionOperation
{
    readonly DocumentStore store;
    readonly List<AppendOperation> appends;
    HashSet<AppendOperation> refused = [];

    /// <param name="appends">Of one stream in the order of asking.</param>
    public GroupAppendOperation(DocumentStore store, IEnumerable<AppendOperation> appends)
    {
        this.store = store;
        // every group locks in this order; the sort keeps that of equals
        this.appends = [.. appends.OrderBy(a => a.StreamId)];
    }

    public bool FailsInSql => true;

    /// <summary>Known once the operation has been executed.</summary>
    public bool IsRefused(AppendOperation append) => refused.Contains(append);

    public void Configure(NpgsqlBatch batch)
    {
        var command = new NpgsqlBatchCommand($"select {store.Options.QuotedSchema}.append_group($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
        PerAppend(NpgsqlDbType.Uuid, a => a.StreamId);
        PerAppend(NpgsqlDbType.Text, a => a.TenantId);
        PerAppend(NpgsqlDbType.Text, a => a.AggregateType);
        PerAppend(NpgsqlDbType.Bigint, a => a.Expected);
        PerAppend(NpgsqlDbType.Integer, a => a.Count);
        PerAppend(NpgsqlDbType.TimestampTz, a => a.Circumstances.Timestamp);
        PerAppend(NpgsqlDbType.Text, a => a.Circumstances.Actor);
        PerAppend(NpgsqlDbType.Uuid, a => a.Circumstances.CorrelationId);
        PerAppend(NpgsqlDbType.Uuid, a => a.Circumstances.CausationId);
        PerAppend(NpgsqlDbType.Text, a => a.Circumstances.TraceParent);
        PerEvent(NpgsqlDbType.Uuid, a => a.Ids);
        PerEvent(NpgsqlDbType.Text, a => a.Types);
        PerEvent(NpgsqlDbType.Integer, a => a.SchemaVersions);
        PerEvent(NpgsqlDbType.Json, a => a.Data);
        PerEvent(NpgsqlDbType.Bytea, a => a.Contents);
        batch.BatchCommands.Add(command);

        void PerAppend<T>(NpgsqlDbType type, Func<AppendOperation, T> value)
        {
            var values = new T[appends.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = value(appends[i]);
            command.Parameters.Add(Parameter.Array(type, values));
        }

        void PerEvent<T>(NpgsqlDbType type, Func<AppendOperation, T[]> values)
        {
            List<T> all = [];
            foreach (var append in appends)
                all.AddRange(values(append));
            command.Parameters.Add(Parameter.Array(type, all));
        }
    }

    public async Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        var versions = await reader.GetFieldValueAsync<long?[]>(0, cancellationToken);
        refused = [.. appends.Where((_, i) => versions[i] is null)];
        await reader.NextResultAsync(cancellationToken);
    }
}
