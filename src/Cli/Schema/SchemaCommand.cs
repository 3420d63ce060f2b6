using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Output;

namespace OptiInfra.Cli.Schema;

/// <summary><c>optiinfra schema apply</c>: creates or upgrades the tables, for clusters where `run` has no owner's role.</summary>
static class SchemaCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var apply = new Command("apply", "Creates or upgrades the schema as its owner; safe to repeat.");
        apply.SetHandler(platform, async (_, settings, cancellationToken) =>
        {
            if (settings.PostgresOwner is null)
                throw CliException.BadInput("The owner's role is not named: set OPTIINFRA_POSTGRES_OWNER (or --postgres-owner) to a connection string of the role that owns the schema.");
            // the store itself would wait for PostgreSQL for ever
            await ServicesWait.ProbePostgresAsync(settings.PostgresOwner, cancellationToken);
            await using var store = PlatformStore.Open(settings);
            await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);
            Terminal.Create().Say($"Schema '{settings.Schema}' at {settings.PostgresAddress} is up to date.");
            return ExitCode.Done;
        });
        return new Command("schema", "The database's schema.") { apply };
    }
}
