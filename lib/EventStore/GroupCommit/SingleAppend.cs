using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// The most frequent save of all, one event at the end of a stream that exists, as one plain statement: half the server
/// time of a function call. Where the stream is not as expected it writes nothing and draws no number.
/// </summary>
sealed class SingleAppend(string schema)
{
    readonly string sql = Sql(schema);

    public static bool Fits(AppendOperation append) => append is { Count: 1, Expected: null or > 0 };

    /// <returns>Whether it was written; where not, append_events says why or creates the stream.</returns>
    public async Task<bool> ExecuteAsync(NpgsqlConnection connection, AppendOperation append, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        Configure(command.Parameters, append);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

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

    static void Configure(NpgsqlParameterCollection parameters, AppendOperation append)
    {
        var circumstances = append.Circumstances;
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = append.StreamId });
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, append.TenantId));
        parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, append.Expected));
        parameters.Add(Parameter.Of(NpgsqlDbType.TimestampTz, circumstances.Timestamp));
        parameters.Add(Parameter.Of(NpgsqlDbType.Bytea, append.Contents[0]));
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = append.Ids[0] });
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, append.Types[0]));
        parameters.Add(new NpgsqlParameter<int> { TypedValue = append.SchemaVersions[0] });
        parameters.Add(Parameter.Of(NpgsqlDbType.Json, append.Data[0]));
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, circumstances.Actor));
        parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, circumstances.CorrelationId));
        parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, circumstances.CausationId));
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, circumstances.TraceParent));
    }
}
