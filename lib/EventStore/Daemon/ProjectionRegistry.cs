using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>A projection's version in the database, as its leader acts on it.</summary>
/// <param name="Position">Of the tables that are read; 0 for an inline one.</param>
/// <param name="RebuildPosition">Null when it has not begun.</param>
/// <param name="IsReplacementDue">An older version has been replaced for long enough.</param>
sealed record ProjectionRow(
    bool IsReady, long Generation, int SkipsInARow, string? Error, long Position,
    bool Rebuilding, long? RebuildPosition, bool RetryAsked, bool IsReplacementDue);

static class ProjectionProgress
{
    /// <summary>Its row in the progression table and the name of its leadership.</summary>
    public static string NameOf(IProjection projection) => NameOf(projection.Name, projection.Version);

    public static string NameOf(string name, int version) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"projection:{name}:v{version}");
}

/// <summary>Reads and changes what the database knows about one projection's version.</summary>
sealed class ProjectionRegistry(DocumentStore store, IProjection projection)
{
    public string Schema => store.Options.QuotedSchema;

    /// <exception cref="ProjectionVersionException">The schema was not applied for this version.</exception>
    public Task<ProjectionRow> LoadAsync(CancellationToken cancellationToken) => ReadAsync(
        $"""
        select p.state = 'ready', p.generation, p.skips_in_a_row, p.error, coalesce(e.last_seq_id, 0),
               r.name is not null, r.position,
               exists (select from {Schema}.projection_skipped s where s.projection = p.name and s.version = p.version and s.retry),
               p.state = 'ready' and p.ready_at <= $4 and exists (select from {Schema}.projections o where o.name = p.name and o.version < p.version)
          from {Schema}.projections p
          left join {Schema}.event_progression e on e.name = $3
          left join {Schema}.projection_rebuilds r on r.name = p.name and r.version = p.version
         where p.name = $1 and p.version = $2
        """,
        [
            Name, Version, Parameter.Of(NpgsqlDbType.Text, ProjectionProgress.NameOf(projection)),
            Parameter.Of(NpgsqlDbType.TimestampTz, store.Options.TimeProvider.GetUtcNow() - store.Options.Projections.KeepReplacedFor),
        ],
        async reader => await reader.ReadAsync(cancellationToken)
            ? new ProjectionRow(
                reader.GetBoolean(0), reader.GetInt64(1), reader.GetInt32(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetInt64(4),
                reader.GetBoolean(5), reader.IsDBNull(6) ? null : reader.GetInt64(6), reader.GetBoolean(7), reader.GetBoolean(8))
            : throw new ProjectionVersionException($"Projection {projection.Name} version {projection.Version} has no tables in schema {store.Options.DatabaseSchemaName}; apply the schema with this program."),
        cancellationToken);

    /// <summary>Asks for a rebuild; one that goes on is left to go on, one that has stopped begins anew.</summary>
    /// <returns>The generation that it will replace.</returns>
    public async Task<long> RequestRebuildAsync(CancellationToken cancellationToken)
    {
        var row = await LoadAsync(cancellationToken);
        await ExecuteAsync(
            [
                new SqlOperation(
                    $"""
                    insert into {Schema}.projection_rebuilds as r (name, version, requested, updated) values ($1, $2, $3, $3)
                    on conflict (name, version) do update set position = null, requested = excluded.requested, updated = excluded.updated
                     where $4
                    """,
                    [projection.Name, projection.Version, store.Options.TimeProvider.GetUtcNow(), row.Error is not null]),
                new SqlOperation($"update {Schema}.projections set error = null where name = $1 and version = $2 and error is not null", [projection.Name, projection.Version]),
            ],
            cancellationToken);
        store.Bell.Ring();
        return row.Generation;
    }

    public Task SetErrorAsync(string? error, CancellationToken cancellationToken)
        => ExecuteAsync([new SqlOperation($"update {Schema}.projections set error = $3 where name = $1 and version = $2 and error is distinct from $3", [projection.Name, projection.Version, Parameter.Of(NpgsqlDbType.Text, error)])], cancellationToken);

    /// <summary>The older versions that this one has replaced.</summary>
    public Task<List<int>> OlderVersionsAsync(CancellationToken cancellationToken) => ReadAsync(
        $"select version from {Schema}.projections where name = $1 and version < $2",
        [Name, Version],
        async reader =>
        {
            List<int> versions = [];
            while (await reader.ReadAsync(cancellationToken))
                versions.Add(reader.GetInt32(0));
            return versions;
        },
        cancellationToken);

    public async Task ExecuteAsync(IReadOnlyList<ISessionOperation> operations, CancellationToken cancellationToken)
    {
        await using var unit = new UnitOfWork(store);
        foreach (var operation in operations)
            unit.Queue(operation);
        await unit.SaveChangesAsync(cancellationToken);
    }

    Npgsql.NpgsqlParameter Name => Parameter.Of(NpgsqlDbType.Text, projection.Name);

    Npgsql.NpgsqlParameter Version => Parameter.Of(NpgsqlDbType.Integer, projection.Version);

    async Task<T> ReadAsync<T>(string sql, IEnumerable<Npgsql.NpgsqlParameter> parameters, Func<Npgsql.NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var unit = new UnitOfWork(store);
        return await unit.ReadAsync(sql, parameters, read, cancellationToken);
    }
}
