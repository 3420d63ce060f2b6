using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>The streams that one projection's version has set aside, in its present tables or in those of a rebuild.</summary>
sealed class SkippedStreams(DocumentStore store, IProjection projection, bool rebuilding)
{
    readonly HashSet<Guid> streams = [];

    string Schema => store.Options.QuotedSchema;

    public bool Contains(Guid stream) => streams.Count > 0 && streams.Contains(stream);

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        streams.Clear();
        streams.UnionWith((await ReadAsync(onlyAsked: false, cancellationToken)).Select(r => r.StreamId));
    }

    /// <summary>Those to retry, in the order of the log.</summary>
    public async Task<List<(long Id, Guid StreamId, string TenantId, long StreamVersion)>> ReadAsync(bool onlyAsked, CancellationToken cancellationToken)
    {
        await using var unit = new UnitOfWork(store);
        return await unit.ReadAsync(
            $"""
            select id, stream_id, tenant_id, stream_version from {Schema}.projection_skipped
             where projection = $1 and version = $2 and rebuilding = $3 and (retry or not $4) order by seq_id
            """,
            [Parameter.Of(NpgsqlDbType.Text, projection.Name), Parameter.Of(NpgsqlDbType.Integer, projection.Version), Parameter.Of(NpgsqlDbType.Boolean, rebuilding), Parameter.Of(NpgsqlDbType.Boolean, onlyAsked)],
            async reader =>
            {
                List<(long, Guid, string, long)> rows = [];
                while (await reader.ReadAsync(cancellationToken))
                    rows.Add((reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetInt64(3)));
                return rows;
            },
            cancellationToken);
    }

    public ISessionOperation Insert(Skip skip) => new SqlOperation(
        $"""
        insert into {Schema}.projection_skipped (projection, version, rebuilding, stream_id, tenant_id, seq_id, stream_version, type, kind, error, attempts, first_failed, last_failed)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
        on conflict on constraint projection_skipped_stream do nothing
        """,
        [
            projection.Name, projection.Version, rebuilding, skip.Event.StreamId, skip.Event.TenantId, skip.Event.Sequence, skip.Event.Version,
            skip.Event.EventTypeName, Word(skip.Kind), skip.Error, skip.Attempts, store.Options.TimeProvider.GetUtcNow(),
        ]);

    /// <summary>The stream has come up to <paramref name="next"/>, which failed again where there is an error.</summary>
    public ISessionOperation Update(long id, IEvent next, SkipKind kind, string? error) => new SqlOperation(
        $"""
        update {Schema}.projection_skipped
           set seq_id = $2, stream_version = $3, type = $4, kind = $5, error = coalesce($6, error),
               attempts = attempts + case when $6 is null then 0 else 1 end,
               last_failed = case when $6 is null then last_failed else $7 end, retry = retry and $6 is null
         where id = $1
        """,
        [id, next.Sequence, next.Version, next.EventTypeName, Word(kind), Parameter.Of(NpgsqlDbType.Text, error), store.Options.TimeProvider.GetUtcNow()]);

    public ISessionOperation Delete(long id) => new SqlOperation($"delete from {Schema}.projection_skipped where id = $1", [id]);

    public void Add(Guid stream) => streams.Add(stream);

    public void Remove(Guid stream) => streams.Remove(stream);

    public static string Word(SkipKind kind) => kind == SkipKind.Failed ? "failed" : "unknown";
}
