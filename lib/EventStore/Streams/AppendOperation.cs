using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>One call of the append function.</summary>
sealed class AppendOperation(DocumentStore store, PendingStream stream, long? expected, int first, int count) : ISessionOperation
{
    /// <summary>As the function understands it.</summary>
    public const long MustBeNew = -1;

    public bool FailsInSql => true;

    public void Configure(NpgsqlBatch batch)
    {
        var ids = new Guid[count];
        var types = new string[count];
        var versions = new int[count];
        var data = new byte[count][];
        var contents = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            var @event = stream.Events[first + i];
            ids[i] = @event.Id;
            types[i] = @event.EventTypeName;
            versions[i] = @event.SchemaVersion;
            data[i] = store.Codec.Serialize(@event.Data);
            contents[i] = EventContent.ContentHash(@event, data[i]);
        }
        var circumstances = stream.Events[first];
        var command = new NpgsqlBatchCommand($"select {store.Options.QuotedSchema}.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
        var parameters = command.Parameters;
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Id });
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, stream.TenantId));
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, stream.AggregateType));
        parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, expected));
        parameters.Add(Parameter.Of(NpgsqlDbType.TimestampTz, circumstances.Timestamp));
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, circumstances.Actor));
        parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, circumstances.CorrelationId));
        parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, circumstances.CausationId));
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, circumstances.TraceParent));
        parameters.Add(Parameter.Array(NpgsqlDbType.Uuid, ids));
        parameters.Add(Parameter.Array(NpgsqlDbType.Text, types));
        parameters.Add(Parameter.Array(NpgsqlDbType.Integer, versions));
        parameters.Add(Parameter.Array(NpgsqlDbType.Json, data));
        parameters.Add(Parameter.Array(NpgsqlDbType.Bytea, contents));
        batch.BatchCommands.Add(command);
    }

    public Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) => reader.NextResultAsync(cancellationToken);
}
