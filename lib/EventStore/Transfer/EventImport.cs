using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Reads exported events into an empty store: as the owner, because the application's role gets its sequences from the store,
/// and in one transaction, which nobody sees before the last line was found to be right.
/// </summary>
sealed class EventImport(DocumentStore store)
{
    const string Columns = EventRow.Columns;
    readonly string schema = store.Options.QuotedSchema;
    readonly Dictionary<Guid, ImportedStream> streams = [];
    long line;
    long events;
    long documents;
    long lastSequence;

    public async Task<TransferReport> ReadAsync(Stream source, CancellationToken cancellationToken)
    {
        var single = new NpgsqlConnectionStringBuilder(store.Options.OwnerConnectionString ?? store.Options.ConnectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(single.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RequireEmptyAsync(connection, cancellationToken);
        using var lines = new StreamReader(source, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), leaveOpen: true);
        var header = await HeaderAsync(lines, cancellationToken);
        var next = await CopyEventsAsync(connection, lines, header, cancellationToken);
        while (header.FormatVersion == ExportHeader.WithDocuments && next.StartsWith(DocumentLine.Beginning, StringComparison.Ordinal))
            next = await CopyDocumentsAsync(connection, next, lines, cancellationToken);
        await EndAsync(Parse<ExportFooter>(next), header, lines, cancellationToken);
        await CopyStreamsAsync(connection, cancellationToken);
        await using (var sequence = new NpgsqlCommand($"select setval('{schema}.events_sequence', greatest($1, 1), $1 > 0)", connection))
        {
            sequence.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, header.SequenceCeiling));
            await sequence.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return new TransferReport(events, streams.Count, header.SequenceCeiling, documents);
    }

    async Task RequireEmptyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            lock table {schema}.streams, {schema}.events in access exclusive mode;
            select exists (select from {schema}.streams) or exists (select from {schema}.events)
                or exists (select from {schema}.event_progression where last_seq_id > 0)
            """, connection);
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
            throw new ImportException(null, $"Schema {store.Options.DatabaseSchemaName} holds events, or somebody has read beyond its beginning; import into a schema that is freshly applied.");
    }

    async Task<ExportHeader> HeaderAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        var header = Parse<ExportHeader>(await LineAsync(lines, cancellationToken) ?? throw new ImportException(1, "the file is empty."));
        return header is { Format: ExportHeader.FormatName, FormatVersion: ExportHeader.EventsAlone or ExportHeader.WithDocuments, SequenceCeiling: >= 0 } ? header
            : throw new ImportException(1, $"this is format '{header.Format}' {header.FormatVersion}; '{ExportHeader.FormatName}' {ExportHeader.EventsAlone} and {ExportHeader.WithDocuments} can be read.");
    }

    /// <returns>The first line that is no event.</returns>
    async Task<string> CopyEventsAsync(NpgsqlConnection connection, StreamReader lines, ExportHeader header, CancellationToken cancellationToken)
    {
        string text;
        await using var copy = await connection.BeginBinaryImportAsync($"copy {schema}.events ({Columns}) from stdin (format binary)", cancellationToken);
        while (true)
        {
            text = await NextAsync(lines, cancellationToken);
            if (text.StartsWith("{\"end\"", StringComparison.Ordinal) || text.StartsWith(DocumentLine.Beginning, StringComparison.Ordinal))
                break;

            var given = Parse<EventLine>(text);
            var data = Encoding.UTF8.GetBytes(given.Data);
            await WriteAsync(copy, Checked(given, data, header), data, cancellationToken);
        }

        try
        {
            await copy.CompleteAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // rows are counted from 1, behind the header
            throw new ImportException(RowOf(e) + 1, $"an event with its id or sequence was there before ({e.ConstraintName}).", e);
        }
        return text;
    }

    /// <summary>One table's documents.</summary>
    /// <param name="text">The first.</param>
    /// <returns>The first line of something else.</returns>
    async Task<string> CopyDocumentsAsync(NpgsqlConnection connection, string text, StreamReader lines, CancellationToken cancellationToken)
    {
        var first = Parse<DocumentLine>(text);
        if (store.Options.Schema.All.FirstOrDefault(m => m.Carried is not null && m.TableName == first.Document) is not { } mapping)
            throw new ImportException(line, $"'{first.Document}' is no table that this program takes along with events.");
        await using var copy = await connection.BeginBinaryImportAsync($"copy {schema}.{mapping.TableName} (tenant_id, id, data, last_modified) from stdin (format binary)", cancellationToken);
        for (; text.StartsWith(DocumentLine.Beginning, StringComparison.Ordinal); text = await NextAsync(lines, cancellationToken))
        {
            var given = Parse<DocumentLine>(text);
            if (given.Document != mapping.TableName)
                break;
            if (!string.Equals(given.ExpectedHash(), given.Hash, StringComparison.Ordinal))
                throw new ImportException(line, $"{given.Document} {given.Id} does not have the hash that was written with it; it was changed.");
            var stream = streams.GetValueOrDefault(given.Stream);
            if (given.Version > (stream?.Version ?? 0) || (stream is not null && stream.Tenant != given.Tenant))
                throw new ImportException(line, $"{given.Document} {given.Id} tells of version {given.Version} of stream {given.Stream}, which the file does not have.");
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(given.Tenant, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(given.Id, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(given.Data, NpgsqlDbType.Jsonb, cancellationToken);
            await copy.WriteAsync(given.Modified.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
            documents++;
        }

        try
        {
            await copy.CompleteAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new ImportException(null, $"a document of {mapping.TableName} is in the file twice, or in the schema already.", e);
        }
        return text;
    }

    async Task<string> NextAsync(StreamReader lines, CancellationToken cancellationToken)
        => await LineAsync(lines, cancellationToken) ?? throw new ImportException(line, $"the file ends after {events} events without its last line, which counts them; it was cut off.");

    /// <summary>The line's event, when it is the next one of the log and of its stream and has the hash that it must have.</summary>
    StoredEvent Checked(EventLine given, byte[] data, ExportHeader header)
    {
        if (given.Sequence <= lastSequence || given.Sequence > header.SequenceCeiling)
            throw new ImportException(line, $"sequence {given.Sequence} does not lie above {lastSequence} and up to the ceiling, {header.SequenceCeiling}.");
        var stream = streams.GetValueOrDefault(given.Stream);
        if (given.Version != (stream?.Version ?? 0) + 1)
            throw new ImportException(line, $"version {given.Version} of stream {given.Stream} follows version {stream?.Version ?? 0}.");
        if (stream is not null && stream.Tenant != given.Tenant)
            throw new ImportException(line, $"stream {given.Stream} belongs to '{stream.Tenant}', not to '{given.Tenant}'.");
        var e = store.Codec.Create(given.Type, given.SchemaVersion, data);
        (e.Sequence, e.Id, e.StreamId, e.Version, e.Timestamp, e.TenantId) = (given.Sequence, given.Id, given.Stream, given.Version, EventContent.Truncate(given.Timestamp), given.Tenant);
        (e.Actor, e.CorrelationId, e.CausationId, e.TraceParent) = (given.Actor, given.Correlation, given.Causation, given.TraceParent);
        var hash = EventContent.ChainHash(stream is null ? EventContent.FirstPredecessor.Span : stream.Hash, e.Version, EventContent.ContentHash(e, data));
        if (!string.Equals(Convert.ToHexStringLower(hash), given.Hash, StringComparison.Ordinal))
            throw new ImportException(line, $"the event (version {e.Version} of stream {e.StreamId}) does not have the hash that was written with it; it, or one before it, was changed.");
        e.Hash = hash;
        streams[given.Stream] = new ImportedStream(given.Tenant, stream is null ? given.Aggregate : stream.Aggregate, e.Version, hash, stream?.Created ?? e.Timestamp, e.Timestamp);
        (lastSequence, events) = (e.Sequence, events + 1);
        return e;
    }

    static async Task WriteAsync(NpgsqlBinaryImporter copy, StoredEvent e, byte[] data, CancellationToken cancellationToken)
    {
        await copy.StartRowAsync(cancellationToken);
        await copy.WriteAsync(e.Sequence, NpgsqlDbType.Bigint, cancellationToken);
        await copy.WriteAsync(e.Id, NpgsqlDbType.Uuid, cancellationToken);
        await copy.WriteAsync(e.StreamId, NpgsqlDbType.Uuid, cancellationToken);
        await copy.WriteAsync(e.Version, NpgsqlDbType.Bigint, cancellationToken);
        await copy.WriteAsync(e.EventTypeName, NpgsqlDbType.Text, cancellationToken);
        await copy.WriteAsync(e.SchemaVersion, NpgsqlDbType.Integer, cancellationToken);
        await copy.WriteAsync(data, NpgsqlDbType.Json, cancellationToken);
        await copy.WriteAsync(e.Timestamp.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
        await copy.WriteAsync(e.TenantId, NpgsqlDbType.Text, cancellationToken);
        await OptionalAsync(copy, e.Actor, NpgsqlDbType.Text, cancellationToken);
        await OptionalAsync(copy, e.CorrelationId, NpgsqlDbType.Uuid, cancellationToken);
        await OptionalAsync(copy, e.CausationId, NpgsqlDbType.Uuid, cancellationToken);
        await OptionalAsync(copy, e.TraceParent, NpgsqlDbType.Text, cancellationToken);
        await copy.WriteAsync(e.Hash.ToArray(), NpgsqlDbType.Bytea, cancellationToken);
    }

    static Task OptionalAsync<T>(NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type, CancellationToken cancellationToken) =>
        value is null ? copy.WriteNullAsync(cancellationToken) : copy.WriteAsync<object>(value, type, cancellationToken);

    async Task CopyStreamsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"copy {schema}.streams (id, tenant_id, aggregate_type, version, head_hash, created, last_timestamp) from stdin (format binary)", cancellationToken);
        foreach (var (id, stream) in streams)
        {
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(id, NpgsqlDbType.Uuid, cancellationToken);
            await copy.WriteAsync(stream.Tenant, NpgsqlDbType.Text, cancellationToken);
            await OptionalAsync(copy, stream.Aggregate, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(stream.Version, NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(stream.Hash, NpgsqlDbType.Bytea, cancellationToken);
            await copy.WriteAsync(stream.Created.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync(stream.Last.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
    }

    async Task EndAsync(ExportFooter footer, ExportHeader header, StreamReader lines, CancellationToken cancellationToken)
    {
        if (!footer.End || footer.Events != events || footer.Streams != streams.Count)
            throw new ImportException(line, $"the file should hold {footer.Events} events of {footer.Streams} streams; it holds {events} of {streams.Count}.");
        if ((footer.Documents ?? 0) != documents || footer.Documents is null == (header.FormatVersion == ExportHeader.WithDocuments))
            throw new ImportException(line, $"the file should hold {footer.Documents ?? 0} documents; it holds {documents}.");
        if (await LineAsync(lines, cancellationToken) is not null)
            throw new ImportException(line, "more follows behind the last line.");
    }

    async Task<string?> LineAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        line++;
        try
        {
            return await lines.ReadLineAsync(cancellationToken);
        }
        catch (DecoderFallbackException e)
        {
            throw new ImportException(line, "from here on the file is not UTF-8.", e);
        }
    }

    T Parse<T>(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, TransferJson.Options) ?? throw new ImportException(line, "null is no line of an export.");
        }
        catch (JsonException e)
        {
            throw new ImportException(line, $"this is no line of an export: {e.Message}", e);
        }
    }

    static long? RowOf(PostgresException e)
    {
        const string marker = ", line ";
        var at = e.Where?.IndexOf(marker, StringComparison.Ordinal) ?? -1;
        return at >= 0 && long.TryParse(string.Concat(e.Where![(at + marker.Length)..].TakeWhile(char.IsAsciiDigit)), System.Globalization.CultureInfo.InvariantCulture, out var row) ? row : null;
    }

    sealed record ImportedStream(string Tenant, string? Aggregate, long Version, byte[] Hash, DateTimeOffset Created, DateTimeOffset Last);
}
