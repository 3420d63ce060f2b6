using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>Reads what the database knows about all projections.</summary>
sealed class ProjectionStatusQuery(DocumentStore store)
{
    string Schema => store.Options.QuotedSchema;

    public async Task<IReadOnlyList<ProjectionStatus>> RunAsync(CancellationToken cancellationToken)
    {
        var mark = await store.Log.HighWaterMarkAsync(cancellationToken);
        var led = await LedAsync(cancellationToken);
        await using var command = store.DataSource.CreateCommand($"""
            select p.name, p.version, p.lifecycle, p.state, coalesce(e.last_seq_id, 0), p.error,
                   r.name is not null, coalesce(r.position, 0), r.ceiling, r.events_per_second,
                   (select count(*) from {Schema}.projection_skipped s where s.projection = p.name and s.version = p.version)
              from {Schema}.projections p
              left join {Schema}.event_progression e on e.name = 'projection:' || p.name || ':v' || p.version
              left join {Schema}.projection_rebuilds r on r.name = p.name and r.version = p.version
             order by p.name, p.version
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<ProjectionStatus> all = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var (name, version) = (reader.GetString(0), reader.GetInt32(1));
            var lifecycle = reader.GetString(2) == "inline" ? ProjectionLifecycle.Inline : ProjectionLifecycle.Async;
            var state = reader.GetString(3) switch { "ready" => ProjectionState.Ready, "building" => ProjectionState.Building, _ => ProjectionState.Retired };
            var rebuild = reader.GetBoolean(6) ? new RebuildProgress(name, reader.GetInt64(7), Math.Max(reader.GetInt64(8), mark), reader.GetDouble(9)) : null;
            all.Add(new ProjectionStatus(
                name, version, store.Options.Projections.All.Any(p => p.Projection.Name == name && p.Projection.Version == version), lifecycle, state,
                lifecycle == ProjectionLifecycle.Inline && state == ProjectionState.Ready ? mark : reader.GetInt64(4), mark,
                led.Contains(StableHash.LockKey(LeadershipConnection.LockPurpose, store.Options.DatabaseSchemaName, ProjectionProgress.NameOf(name, version)).Key),
                rebuild, reader.GetInt64(10), reader.IsDBNull(5) ? null : reader.GetString(5)));
        }
        return all;
    }

    /// <summary>The keys of leaderships that some process holds.</summary>
    async Task<HashSet<int>> LedAsync(CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand("""
            select objid::bigint from pg_locks
             where locktype = 'advisory' and objsubid = 2 and granted and classid::bigint = $1
               and database = (select oid from pg_database where datname = current_database())
            """);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, (long)(uint)StableHash.LockKey(LeadershipConnection.LockPurpose, store.Options.DatabaseSchemaName).Class));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        HashSet<int> keys = [];
        while (await reader.ReadAsync(cancellationToken))
            keys.Add(unchecked((int)reader.GetInt64(0)));
        return keys;
    }

    /// <param name="projection">Null for all of them.</param>
    public async Task<IReadOnlyList<SkippedEvent>> SkippedAsync(string? projection, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand($"""
            select k.id, k.projection, k.version, k.rebuilding, k.kind, k.stream_id, k.tenant_id, k.seq_id, k.stream_version,
                   k.type, k.error, k.attempts, k.first_failed, k.last_failed, coalesce(s.version, k.stream_version) - k.stream_version + 1
              from {Schema}.projection_skipped k left join {Schema}.streams s on s.id = k.stream_id
             where $1::text is null or k.projection = $1
             order by k.projection, k.seq_id
            """);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Text, projection));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<SkippedEvent> all = [];
        while (await reader.ReadAsync(cancellationToken))
            all.Add(new SkippedEvent(
                reader.GetInt64(0), reader.GetString(1), reader.GetInt32(2), reader.GetBoolean(3),
                reader.GetString(4) == SkippedStreams.Word(SkipKind.Failed) ? SkipKind.Failed : SkipKind.Unknown,
                reader.GetGuid(5), reader.GetString(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetString(9), reader.GetString(10), reader.GetInt32(11),
                reader.GetFieldValue<DateTimeOffset>(12), reader.GetFieldValue<DateTimeOffset>(13), reader.GetInt64(14)));
        return all;
    }
}
