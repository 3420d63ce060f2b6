using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>Whether program and database belong together.</summary>
public static class SchemaCheck
{
    /// <summary>Compares the scripts that the database has had with those that this program brings.</summary>
    /// <param name="mayBeOlder">Also a schema that is absent, or older than the program, is right: it is to be applied.</param>
    /// <exception cref="SchemaVersionException">They do not belong together; the message names both versions and the remedy.</exception>
    /// <exception cref="PostgresException">The schema is not there, and may not be older.</exception>
    public static async Task AssertSchemaVersionAsync(this IDocumentStore store, bool mayBeOlder = false, CancellationToken cancellationToken = default)
    {
        var applied = await AppliedAsync(store, mayBeOlder, cancellationToken);
        foreach (var scripts in store.Options.AdditionalScripts.Prepend(SchemaScriptFile.EventStore))
        {
            var known = SchemaScriptFile.Of(scripts)[^1].Number;
            var version = applied.GetValueOrDefault(scripts.Name);
            if (version > known)
                throw Newer(store.Options, scripts.Name, version, known);
            if (version < known && !mayBeOlder)
                throw new SchemaVersionException($"Schema {store.Options.DatabaseSchemaName} is at version {version} of '{scripts.Name}', this program needs {known}: apply it as its owner (`optiinfra schema apply`, or start `optiinfra run` with the owner's role).");
        }
    }

    internal static SchemaVersionException Newer(StoreOptions options, string component, int applied, int known) => new(
        $"Schema {options.DatabaseSchemaName} is at version {applied} of '{component}', this program knows {known}: a newer program wrote it. Start that program, or restore a backup from before it.");

    static async Task<Dictionary<string, int>> AppliedAsync(IDocumentStore store, bool mayBeAbsent, CancellationToken cancellationToken)
    {
        var applied = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            await using var command = store.DataSource.CreateCommand($"select component, max(version) from {store.Options.QuotedSchema}.schema_version group by component");
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                applied.Add(reader.GetString(0), reader.GetInt32(1));
        }
        catch (PostgresException e) when (mayBeAbsent && e.SqlState is (PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.InsufficientPrivilege))
        {
            // nothing there that could be newer, or nothing that this role may see yet
        }

        return applied;
    }
}
