using Npgsql;
using OptiInfra.Cli.Errors;

namespace OptiInfra.Cli.Demo;

/// <summary>Takes the demo's own schema away, with what an earlier demo left unfinished in it.</summary>
static class EmptySchema
{
    /// <exception cref="CliException">The owner's role is not named.</exception>
    public static async Task DropAsync(PlatformSettings settings, CancellationToken cancellationToken)
    {
        var owner = settings.PostgresOwner ?? throw CliException.BadInput(
            "The demo applies its schema itself and needs the role that may: set OPTIINFRA_POSTGRES_OWNER; `bash infra/services.sh start` writes it to .run/services.env.");
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var drop = new NpgsqlCommand($"drop schema if exists \"{settings.Schema}\" cascade", connection);
        await drop.ExecuteNonQueryAsync(cancellationToken);
    }
}
