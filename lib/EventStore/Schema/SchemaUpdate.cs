using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>
/// Brings the schema to this program's version: as the owner, in one transaction, one process at a time. Everything or
/// nothing is applied, and applying it again changes nothing.
/// </summary>
sealed class SchemaUpdate(StoreOptions options)
{
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        // DDL once per start: a pool would only keep the owner's connection open
        var single = new NpgsqlConnectionStringBuilder(options.OwnerConnectionString ?? options.ConnectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(single.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (lockClass, lockKey) = StableHash.LockKey("event_store.schema", options.DatabaseSchemaName);
        await RunAsync(connection, $"select pg_advisory_xact_lock({lockClass}, {lockKey})", cancellationToken);

        var role = await RoleAsync(connection, cancellationToken);
        await CreateVersionTableAsync(connection, cancellationToken);
        foreach (var scripts in options.AdditionalScripts.Prepend(SchemaScriptFile.EventStore))
            await ApplyScriptsAsync(connection, scripts, role.Quoted, cancellationToken);
        await new ProjectionSchema(options).ApplyAsync(connection, cancellationToken);
        // the owner as its own application role keeps its rights: it must be able to repair
        if (role.IsAnother)
            await RunAsync(connection, Fill(SchemaScriptFile.Grants, role.Quoted), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    async Task ApplyScriptsAsync(NpgsqlConnection connection, SchemaScripts scripts, string role, CancellationToken cancellationToken)
    {
        var files = SchemaScriptFile.Of(scripts);
        await using var read = new NpgsqlCommand($"select coalesce(array_agg(version), '{{}}') from {options.QuotedSchema}.schema_version where component = $1", connection);
        read.Parameters.Add(new() { Value = scripts.Name });
        var applied = (int[])(await read.ExecuteScalarAsync(cancellationToken))!;
        if (applied.Any(version => version > files[^1].Number))
            throw SchemaCheck.Newer(options, scripts.Name, applied.Max(), files[^1].Number);
        // also one of a lower number that came later
        foreach (var file in files.Where(f => !applied.Contains(f.Number)))
        {
            await RunAsync(connection, Fill(file.Sql, role), cancellationToken);
            await using var remember = new NpgsqlCommand($"insert into {options.QuotedSchema}.schema_version (component, version, script, applied) values ($1, $2, $3, $4)", connection);
            remember.Parameters.Add(new() { Value = scripts.Name });
            remember.Parameters.Add(new() { Value = file.Number });
            remember.Parameters.Add(new() { Value = file.FileName });
            remember.Parameters.Add(new() { Value = options.TimeProvider.GetUtcNow() });
            await remember.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    async Task CreateVersionTableAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // "create schema if not exists" wants the right to create one also when it exists
        await using var exists = new NpgsqlCommand("select exists (select from pg_namespace where nspname = $1)", connection);
        exists.Parameters.Add(new() { Value = options.DatabaseSchemaName });
        if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
            await RunAsync(connection, $"create schema {options.QuotedSchema}", cancellationToken);
        await RunAsync(connection, $"""
            create table if not exists {options.QuotedSchema}.schema_version (
                component text not null, version int not null, script text not null, applied timestamptz not null,
                primary key (component, version))
            """, cancellationToken);
    }

    async Task<(bool IsAnother, string Quoted)> RoleAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select exists (select from pg_roles where rolname = $1), quote_ident($1), quote_ident(current_user)", connection);
        command.Parameters.Add(new() { Value = options.ApplicationRole });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (exists, role, owner) = (reader.GetBoolean(0), reader.GetString(1), reader.GetString(2));
        return (exists && role != owner, exists ? role : owner);
    }

    string Fill(string sql, string role) => sql
        .Replace("${schema}", options.QuotedSchema, StringComparison.Ordinal)
        .Replace("${role}", role, StringComparison.Ordinal);

    static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
