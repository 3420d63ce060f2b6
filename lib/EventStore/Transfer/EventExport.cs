using System.Data;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>Writes events as JSON lines in the order of the log, out of one snapshot.</summary>
sealed class EventExport(DocumentStore store)
{
    const int FlushEvery = 1000;

    public async Task<TransferReport> WriteAsync(Stream destination, Guid? streamId, CancellationToken cancellationToken)
    {
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
        await LineAsync(buffered, new ExportHeader(ExportHeader.FormatName, ExportHeader.Version, ceiling, streamId), cancellationToken);
        long events = 0, streams = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            var e = EventRow.Read(reader, store.Codec);
            await LineAsync(buffered, StoredText.Of(e, reader.IsDBNull(EventRow.ColumnCount) ? null : reader.GetString(EventRow.ColumnCount)), cancellationToken);
            streams += e.Version == 1 ? 1 : 0;
            if (++events % FlushEvery == 0)
                await buffered.FlushAsync(cancellationToken);
        }

        await LineAsync(buffered, new ExportFooter(End: true, events, streams), cancellationToken);
        await buffered.FlushAsync(cancellationToken);
        return new TransferReport(events, streams, ceiling);
    }

    static async Task LineAsync<T>(Stream destination, T line, CancellationToken cancellationToken)
    {
        await JsonSerializer.SerializeAsync(destination, line, TransferJson.Options, cancellationToken);
        destination.WriteByte((byte)'\n');
    }
}
