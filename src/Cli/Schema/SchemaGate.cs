using Npgsql;
using OptiInfra.Cli.Hosting;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Schema;

/// <summary>Asked before every command: an older program must not work on what a newer one wrote.</summary>
static class SchemaGate
{
    /// <exception cref="SchemaVersionException">The database is newer.</exception>
    public static async Task CheckAsync(PlatformSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Postgres is null)
            return;
        await using var store = PlatformStore.Open(settings);
        try
        {
            await store.AssertSchemaVersionAsync(mayBeOlder: true, cancellationToken);
        }
        catch (NpgsqlException)
        {
            // the command waits for the database, does without it, or says itself what is wrong
        }
    }
}
