using Npgsql;
using OptiInfra.Cli.Errors;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Health;
using Serilog;

namespace OptiInfra.Cli.Hosting;

/// <summary>Waits at the start for what the program needs, and says what it waits for.</summary>
sealed class ServicesWait(PlatformSettings settings, ILogger log, TimeSpan? bound = null)
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Reminder = TimeSpan.FromSeconds(15);

    /// <summary>Until PostgreSQL lets the application's role in.</summary>
    /// <exception cref="CliException">It did not answer within the bound.</exception>
    /// <exception cref="PostgresException">It refuses the user, or has no such database.</exception>
    public Task ForPostgresAsync(CancellationToken cancellationToken) =>
        UntilAsync($"PostgreSQL at {settings.PostgresAddress}", async token =>
        {
            try
            {
                await ProbePostgresAsync(settings.RequiredPostgres, token);
                return null;
            }
            catch (NpgsqlException e) when (e is not PostgresException || e.SqlState is ['5', '7', 'P', ..] or ['5', '3', ..])
            {
                return ErrorReport.Of(e, settings).Message;
            }
        }, cancellationToken);

    /// <summary>Opens a connection once.</summary>
    /// <exception cref="NpgsqlException">It could not be opened.</exception>
    public static async Task ProbePostgresAsync(string connectionString, CancellationToken cancellationToken)
    {
        const int timeoutSeconds = 5;
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = timeoutSeconds }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
    }

    /// <summary>Until RabbitMQ answers the opening of its protocol.</summary>
    public Task ForRabbitMqAsync(CancellationToken cancellationToken) =>
        UntilAsync($"RabbitMQ at {settings.RabbitMqAddress}", token => RabbitMqProbe.ProblemAsync(settings.RequiredRabbitMq, token), cancellationToken);

    /// <summary>Applies the schema where the owner's role is known; else waits until somebody has.</summary>
    public async Task ForSchemaAsync(IDocumentStore store, CancellationToken cancellationToken)
    {
        if (settings.PostgresOwner is not null)
        {
            await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);
            return;
        }

        await UntilAsync($"schema '{settings.Schema}'", async token =>
        {
            try
            {
                await store.AssertSchemaVersionAsync(cancellationToken: token);
                return null;
            }
            catch (SchemaVersionException e)
            {
                // what is older than the program somebody may bring up to date; what is newer ends the wait
                await store.AssertSchemaVersionAsync(mayBeOlder: true, token);
                return e.Message;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.InsufficientPrivilege)
            {
                return ErrorReport.Of(e, settings).Message;
            }
        }, cancellationToken);
    }

    async Task UntilAsync(string what, Func<CancellationToken, Task<string?>> problem, CancellationToken cancellationToken)
    {
        // by the wall: what is waited for knows nothing of the program's clock
        var wall = TimeProvider.System;
        var started = wall.GetTimestamp();
        TimeSpan? told = null;
        while (await problem(cancellationToken) is { } reason)
        {
            var waited = wall.GetElapsedTime(started);
            if (bound is { } longest && waited >= longest)
                throw CliException.Unreachable(reason);
            if (told is null || waited - told >= Reminder)
            {
                log.Warning("Waiting for {What}: {Reason}", what, reason);
                told = waited;
            }

            await Task.Delay(Pause, wall, cancellationToken);
        }

        if (told is not null)
            log.Information("{What} is there", what);
    }
}
