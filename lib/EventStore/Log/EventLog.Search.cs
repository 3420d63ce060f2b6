using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

sealed partial class EventLog
{
    public async Task<IReadOnlyList<IEvent>> SearchAsync(EventSearch search, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(search);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        // what could still be filled is left out: who goes on behind the last event that he saw misses nothing
        var ceiling = await HighWaterMarkAsync(cancellationToken);
        await using var command = SearchCommand(search, ceiling, limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<IEvent> found = [];
        while (await reader.ReadAsync(cancellationToken))
            found.Add(EventRow.Read(reader, store.Codec));
        return found;
    }

    /// <summary>Each search is answered from an index: see the script event_search.</summary>
    internal NpgsqlCommand SearchCommand(EventSearch search, long ceiling, int limit)
    {
        var command = store.DataSource.CreateCommand();
        List<string> conditions = [];
        Where("tenant_id = {0}", NpgsqlDbType.Text, search.TenantId);
        Where("seq_id <= {0}", NpgsqlDbType.Bigint, ceiling);
        if (search.StreamId is { } stream)
            Where("stream_id = {0}", NpgsqlDbType.Uuid, stream);
        if (search.Types.Count > 0)
            Where("type = any({0})", NpgsqlDbType.Array | NpgsqlDbType.Text, search.Types.ToArray());
        if (search.Actor is { } actor)
            Where("actor = {0}", NpgsqlDbType.Text, actor);
        var times = conditions.Count;
        if (search.From is { } from)
            Where("timestamp >= {0}", NpgsqlDbType.TimestampTz, from.ToUniversalTime());
        if (search.To is { } to)
            Where("timestamp < {0}", NpgsqlDbType.TimestampTz, to.ToUniversalTime());
        var span = SpanOf(conditions[times..]);
        if (span.Length > 0)
            conditions.Add("seq_id between (select low from span) and (select high from span)");
        if (search.After is { } after)
            Where(search.NewestFirst ? "seq_id < {0}" : "seq_id > {0}", NpgsqlDbType.Bigint, after);
        Where("", NpgsqlDbType.Bigint, (long)limit);
        command.CommandText = $"{span}select {EventRow.Columns} from {store.Options.QuotedSchema}.all_events where {string.Join(" and ", conditions)} order by seq_id {(search.NewestFirst ? "desc" : "asc")} limit ${command.Parameters.Count}";
        return command;

        void Where(string condition, NpgsqlDbType type, object value)
        {
            command.Parameters.Add(Parameter.Of(type, value));
            if (condition.Length > 0)
                conditions.Add(condition.Replace("{0}", $"${command.Parameters.Count}", StringComparison.Ordinal));
        }
    }

    /// <summary>
    /// Times go up with the sequences, though not strictly. The planner does not know: it would look for an hour from one
    /// end of the log. The sum keeps it from looking for the lowest sequence in that way too.
    /// </summary>
    string SpanOf(List<string> times) => times.Count == 0
        ? ""
        : $"with span as materialized (select min(seq_id + 0) as low, max(seq_id + 0) as high from {store.Options.QuotedSchema}.all_events where {string.Join(" and ", times)}) ";
}
