using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Creates, as the owner, the tables of documents and projections, and records which versions of which projections there
/// are. A version that comes to a log with events has to be built before anybody reads it; what was written before
/// versions were recorded counts as built.
/// </summary>
sealed class ProjectionSchema(StoreOptions options)
{
    string Schema => options.QuotedSchema;

    public async Task ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var projected = options.Projections.All.SelectMany(p => p.Projection.DocumentTypes).ToHashSet();
        foreach (var mapping in options.Schema.All.Where(m => !projected.Contains(m.Type)))
            await RunAsync(connection, DocumentTable.Create(Schema, mapping, mapping.TableName), [], cancellationToken);
        foreach (var (projection, lifecycle) in options.Projections.All)
            await ApplyAsync(connection, projection, lifecycle, cancellationToken);
    }

    async Task ApplyAsync(NpgsqlConnection connection, IProjection projection, ProjectionLifecycle lifecycle, CancellationToken cancellationToken)
    {
        var names = ProjectionTables.NamesOf(options, projection).Select(n => (Name: n, Table: ProjectionTables.Versioned(n, projection.Version))).ToList();
        var existed = await ScalarAsync(
            connection, "select coalesce(bool_and(to_regclass(t) is not null), false) from unnest($1) as t",
            [Parameter.Array(NpgsqlDbType.Text, names.ConvertAll(n => $"{Schema}.\"{n.Table}\""))], cancellationToken);
        foreach (var type in projection.DocumentTypes)
        {
            var mapping = options.Schema.Of(type);
            await RunAsync(connection, DocumentTable.Create(Schema, mapping, ProjectionTables.Versioned(mapping.TableName, projection.Version)), [], cancellationToken);
        }
        foreach (var table in projection.Tables)
            await RunAsync(connection, $"create table if not exists {Schema}.\"{ProjectionTables.Versioned(table.Name, projection.Version)}\" ({table.Columns})", [], cancellationToken);
        foreach (var (name, table) in names)
            await RunAsync(
                connection, $"insert into {Schema}.projection_tables (table_name, projection, version, name) values ($1, $2, $3, $4) on conflict do nothing",
                [Parameter.Of(NpgsqlDbType.Text, table), Parameter.Of(NpgsqlDbType.Text, projection.Name), Parameter.Of(NpgsqlDbType.Integer, projection.Version), Parameter.Of(NpgsqlDbType.Text, name)],
                cancellationToken);
        await RegisterAsync(connection, projection, lifecycle, (bool)existed!, cancellationToken);
    }

    /// <summary>What changes between inline and async is built anew: its documents do not stand where its new life begins.</summary>
    Task RegisterAsync(NpgsqlConnection connection, IProjection projection, ProjectionLifecycle lifecycle, bool existed, CancellationToken cancellationToken)
        => RunAsync(
            connection,
            $"""
            insert into {Schema}.projections as p (name, version, lifecycle, state, ready_at)
            select $1, $2, $3,
                   case when not exists (select from {Schema}.all_events)
                          or ($3 = 'async' and exists (select from {Schema}.event_progression where name = $4))
                          or ($3 = 'inline' and $5 and not exists (select from {Schema}.projections where name = $1))
                        then 'ready' else 'building' end,
                   $6
            on conflict (name, version) do update
               set lifecycle = excluded.lifecycle, state = 'building', generation = p.generation + 1
             where p.lifecycle <> excluded.lifecycle
            """,
            [
                Parameter.Of(NpgsqlDbType.Text, projection.Name), Parameter.Of(NpgsqlDbType.Integer, projection.Version),
                Parameter.Of(NpgsqlDbType.Text, lifecycle.ToString().ToLower(CultureInfo.InvariantCulture)),
                Parameter.Of(NpgsqlDbType.Text, ProjectionProgress.NameOf(projection)), Parameter.Of(NpgsqlDbType.Boolean, existed),
                Parameter.Of(NpgsqlDbType.TimestampTz, options.TimeProvider.GetUtcNow()),
            ],
            cancellationToken);

    static async Task RunAsync(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
        => await ScalarAsync(connection, sql, parameters, cancellationToken);

    static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
