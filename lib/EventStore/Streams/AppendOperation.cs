using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>One call of the append function. What it sends is made here, on the thread of whoever saves.</summary>
sealed class AppendOperation : ISessionOperation
{
    /// <summary>As the function understands it.</summary>
    public const long MustBeNew = -1;

    readonly DocumentStore store;
    readonly PendingStream stream;

    public AppendOperation(DocumentStore store, PendingStream stream, long? expected, int first, int count)
    {
        (this.store, this.stream, Expected, Circumstances) = (store, stream, expected, stream.Events[first]);
        Ids = new Guid[count];
        Types = new string[count];
        SchemaVersions = new int[count];
        Data = new byte[count][];
        Contents = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            var @event = stream.Events[first + i];
            Ids[i] = @event.Id;
            Types[i] = @event.EventTypeName;
            SchemaVersions[i] = @event.SchemaVersion;
            Data[i] = store.Codec.Serialize(@event.Data);
            Contents[i] = EventContent.ContentHash(@event, Data[i]);
        }
    }

    public bool FailsInSql => true;

    public Guid StreamId => stream.Id;
    public string TenantId => stream.TenantId;
    public string? AggregateType => stream.AggregateType;
    public long? Expected { get; }
    /// <summary>The first event, which has what all of them share.</summary>
    public StoredEvent Circumstances { get; }
    public int Count => Ids.Length;
    public Guid[] Ids { get; }
    public string[] Types { get; }
    public int[] SchemaVersions { get; }
    public byte[][] Data { get; }
    /// <summary>The hashes of the events' contents.</summary>
    public byte[][] Contents { get; }

    public void Configure(NpgsqlBatch batch)
    {
        var command = new NpgsqlBatchCommand($"select {store.Options.QuotedSchema}.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
        var parameters = command.Parameters;
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = StreamId });
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, TenantId));
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, AggregateType));
        parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, Expected));
        parameters.Add(Parameter.Of(NpgsqlDbType.TimestampTz, Circumstances.Timestamp));
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, Circumstances.Actor));
        parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, Circumstances.CorrelationId));
        parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, Circumstances.CausationId));
        parameters.Add(Parameter.Of(NpgsqlDbType.Text, Circumstances.TraceParent));
        parameters.Add(Parameter.Array(NpgsqlDbType.Uuid, Ids));
        parameters.Add(Parameter.Array(NpgsqlDbType.Text, Types));
        parameters.Add(Parameter.Array(NpgsqlDbType.Integer, SchemaVersions));
        parameters.Add(Parameter.Array(NpgsqlDbType.Json, Data));
        parameters.Add(Parameter.Array(NpgsqlDbType.Bytea, Contents));
        batch.BatchCommands.Add(command);
    }

    public Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) => reader.NextResultAsync(cancellationToken);
}
