using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// The most frequent save of all, one event at the end of a stream that exists, as one plain statement: half the server
/// time of a function call, with typed parameters, which need not be made, boxed and looked up at each append. Where the stream is not as expected it writes nothing and draws no number.
/// </summary>
sealed class SingleAppend : IAsyncDisposable
{
    readonly NpgsqlCommand command;
    readonly NpgsqlParameter<Guid> stream = new();
    readonly NpgsqlParameter<string> tenant = Of<string>(NpgsqlDbType.Text);
    readonly NpgsqlParameter<long?> expected = Of<long?>(NpgsqlDbType.Bigint);
    readonly NpgsqlParameter<DateTimeOffset> timestamp = Of<DateTimeOffset>(NpgsqlDbType.TimestampTz);
    readonly NpgsqlParameter<byte[]> content = Of<byte[]>(NpgsqlDbType.Bytea);
    readonly NpgsqlParameter<Guid> id = new();
    readonly NpgsqlParameter<string> type = Of<string>(NpgsqlDbType.Text);
    readonly NpgsqlParameter<int> schemaVersion = new();
    readonly NpgsqlParameter<byte[]> data = Of<byte[]>(NpgsqlDbType.Json);
    readonly NpgsqlParameter<string?> actor = Of<string?>(NpgsqlDbType.Text);
    readonly NpgsqlParameter<Guid?> correlation = Of<Guid?>(NpgsqlDbType.Uuid);
    readonly NpgsqlParameter<Guid?> causation = Of<Guid?>(NpgsqlDbType.Uuid);
    readonly NpgsqlParameter<string?> traceParent = Of<string?>(NpgsqlDbType.Text);

    public SingleAppend(NpgsqlConnection connection, string schema)
    {
        command = new NpgsqlCommand(Sql(schema), connection);
        command.Parameters.AddRange((NpgsqlParameter[])
            [stream, tenant, expected, timestamp, content, id, type, schemaVersion, data, actor, correlation, causation, traceParent]);
    }

    public static bool Fits(AppendOperation append) => append is { Count: 1, Expected: null or > 0 };

    /// <returns>Whether it was written; where not, append_events says why or creates the stream.</returns>
    public async Task<bool> ExecuteAsync(AppendOperation append, CancellationToken cancellationToken)
    {
        var circumstances = append.Circumstances;
        stream.TypedValue = append.StreamId;
        tenant.TypedValue = append.TenantId;
        expected.TypedValue = append.Expected;
        timestamp.TypedValue = circumstances.Timestamp;
        content.TypedValue = append.Contents[0];
        id.TypedValue = append.Ids[0];
        type.TypedValue = append.Types[0];
        schemaVersion.TypedValue = append.SchemaVersions[0];
        data.TypedValue = append.Data[0];
        actor.TypedValue = circumstances.Actor;
        correlation.TypedValue = circumstances.CorrelationId;
        causation.TypedValue = circumstances.CausationId;
        traceParent.TypedValue = circumstances.TraceParent;
        if (!command.IsPrepared)
            await command.PrepareAsync(cancellationToken);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public ValueTask DisposeAsync() => command.DisposeAsync();

    static NpgsqlParameter<T> Of<T>(NpgsqlDbType type) => new() { NpgsqlDbType = type };

    /// <summary>
    /// The in-flight floor is taken as in append_events: nextval is drawn for a row of the join, and there is none before
    /// the lock's subquery, which the offset keeps one, has given its row.
    /// </summary>
    static string Sql(string schema) => $"""
        with head as (
            update {schema}.streams
               set version = version + 1, last_timestamp = $4, head_hash = sha256(head_hash || int8send(version + 1) || $5)
             where id = $1 and tenant_id = $2 and ($3 is null or version = $3)
            returning version, head_hash)
        insert into {schema}.events (seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id,
                                     actor, correlation_id, causation_id, trace_parent, hash)
        select nextval('{schema}.events_sequence'), $6, $1, head.version, $7, $8, $9, $4, $2, $10, $11, $12, $13, head.head_hash
          from head, (select pg_advisory_xact_lock_shared(
                                 ('{schema}.events_sequence'::regclass::oid::bigint << 32)
                                 | (coalesce(pg_sequence_last_value('{schema}.events_sequence'::regclass), 0) & 4294967295))
                      offset 0) as in_flight_floor
        """;
}
