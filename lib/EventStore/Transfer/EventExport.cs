using System.Data;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>Writes events as JSON lines in the order of the log, out of one snapshot.</summary>
sealed class EventExport(DocumentStore store)
{
    const int FlushEvery = 1000;

    public async Task<TransferReport> WriteAsync(Stream destination, Guid? streamId, bool withDocuments, CancellationToken cancellationToken)
    {
        List<DocumentMapping> carried = withDocuments ? [.. store.Options.Schema.All.Where(m => m.Carried is not null)] : [];
        // before the snapshot: what is up to here is then in it
        var ceiling = await store.EventLog.HighWaterMarkAsync(cancellationToken);
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var command = new NpgsqlCommand($"""
            select {EventRow.Columns}, case when version = 1 then (select s.aggregate_type from {store.Options.QuotedSchema}.streams s where s.id = stream_id) end
              from {store.Options.QuotedSchema}.all_events where seq_id <= $1 and ($2::uuid is null or stream_id = $2) order by seq_id
            """, connection) { CommandTimeout = 0 };
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, ceiling));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, streamId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        await using var buffered = new BufferedStream(destination);
        await LineAsync(buffered, new ExportHeader(ExportHeader.FormatName, carried.Count == 0 ? ExportHeader.EventsAlone : ExportHeader.WithDocuments, ceiling, streamId), cancellationToken);
        long events = 0, streams = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            var e = EventRow.Read(reader, store.Codec);
            await LineAsync(buffered, StoredText.Of(e, reader.IsDBNull(EventRow.ColumnCount) ? null : reader.GetString(EventRow.ColumnCount)), cancellationToken);
            streams += e.Version == 1 ? 1 : 0;
            if (++events % FlushEvery == 0)
                await buffered.FlushAsync(cancellationToken);
        }

        await reader.DisposeAsync();
        long documents = 0;
        foreach (var mapping in carried)
            documents += await DocumentsAsync(buffered, connection, mapping, ceiling, streamId, cancellationToken);
        await LineAsync(buffered, new ExportFooter(End: true, events, streams, carried.Count == 0 ? null : documents), cancellationToken);
        await buffered.FlushAsync(cancellationToken);
        return new TransferReport(events, streams, ceiling, documents);
    }

    /// <summary>Those that tell of nothing above the ceiling, out of the same snapshot.</summary>
    async Task<long> DocumentsAsync(Stream destination, NpgsqlConnection connection, DocumentMapping mapping, long ceiling, Guid? streamId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select d.tenant_id, d.id, d.stream, d.version, d.last_modified, d.data::text
              from (select *, {mapping.Carried!.Stream} as stream, {mapping.Carried.Version} as version from {store.Options.QuotedSchema}.{mapping.TableName}) d
             where ($2::uuid is null or d.stream = $2)
               and (d.version = 0 or exists (select from {store.Options.QuotedSchema}.all_events e where e.stream_id = d.stream and e.version = d.version and e.seq_id <= $1))
             order by d.stream, d.version, d.tenant_id, d.id
            """, connection) { CommandTimeout = 0 };
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, ceiling));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, streamId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        long documents = 0;
        for (; await reader.ReadAsync(cancellationToken); documents++)
        {
            var line = new DocumentLine(
                mapping.TableName, reader.GetString(0), reader.GetString(1), reader.GetGuid(2), reader.GetInt64(3), new DateTimeOffset(reader.GetDateTime(4), TimeSpan.Zero), reader.GetString(5), Hash: "");
            await LineAsync(destination, line with { Hash = line.ExpectedHash() }, cancellationToken);
        }

        return documents;
    }

    static async Task LineAsync<T>(Stream destination, T line, CancellationToken cancellationToken)
    {
        await JsonSerializer.SerializeAsync(destination, line, TransferJson.Options, cancellationToken);
        destination.WriteByte((byte)'\n');
    }
}
