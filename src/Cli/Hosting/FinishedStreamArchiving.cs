using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OptiInfra.Cli.Errors;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Hosting;

/// <summary>Archives the streams of migrations that ended long enough ago, as long as the program runs; of several processes one leads.</summary>
sealed partial class FinishedStreamArchiving(IDocumentStore store, TimeProvider clock, ArchiveSchedule schedule, ILogger<FinishedStreamArchiving> logger) : BackgroundService
{
    const string Name = "archive";
    const int AtOnce = 100;
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    static readonly Type[] Endings = [typeof(MigrationCompleted), typeof(MigrationFailed), typeof(MigrationRolledBack), typeof(MigrationCancelled)];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LeaderLoop.RunAsync(store, Name, LeadAsync, stoppingToken);

    async Task LeadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var more = false;
            try
            {
                more = await ArchiveAsync(cancellationToken);
            }
            catch (Exception e) when (e is NpgsqlException or ConcurrencyException or TimeoutException)
            {
                LogNotArchived(e.Message);
            }

            if (!more)
                await Task.Delay(schedule.After < LongestPause ? schedule.After : LongestPause, clock, cancellationToken);
        }
    }

    /// <returns>There may be more to archive.</returns>
    async Task<bool> ArchiveAsync(CancellationToken cancellationToken)
    {
        var finished = await FinishedAsync(cancellationToken);
        foreach (var (id, tenant) in finished)
        {
            await using var session = store.LightweightSession(new SessionOptions { TenantId = tenant });
            session.Events.ArchiveStream(id);
            await session.SaveChangesAsync(cancellationToken);
            LogArchived(id);
        }

        return finished.Count == AtOnce;
    }

    /// <summary>Streams whose last event is an ending, before the time that the schedule says.</summary>
    async Task<List<(Guid Id, string Tenant)>> FinishedAsync(CancellationToken cancellationToken)
    {
        var schema = $"\"{store.Options.DatabaseSchemaName}\"";
        await using var command = store.DataSource.CreateCommand($"""
            select s.id, s.tenant_id from {schema}.streams s
             where s.archived is null and s.last_timestamp < $1
               and exists (select 1 from {schema}.events e where e.stream_id = s.id and e.version = s.version and e.type = any($2))
             order by s.last_timestamp limit {AtOnce}
            """);
        command.Parameters.Add(new() { Value = clock.GetUtcNow() - schedule.After });
        command.Parameters.Add(new() { Value = Array.ConvertAll(Endings, type => store.Options.Events.ForType(type).Name) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var finished = new List<(Guid, string)>();
        while (await reader.ReadAsync(cancellationToken))
            finished.Add((reader.GetGuid(0), reader.GetString(1)));
        return finished;
    }

    [LoggerMessage(LogLevel.Information, "The stream of migration {Migration} is archived")]
    partial void LogArchived(Guid migration);

    [LoggerMessage(LogLevel.Warning, "Nothing could be archived this time: {Reason}")]
    partial void LogNotArchived(string reason);
}

/// <summary>How long after its end a migration's stream is archived.</summary>
sealed record ArchiveSchedule(TimeSpan After)
{
    public const string AfterVariable = "OPTIINFRA_ARCHIVE_AFTER";

    /// <summary>From the environment; null where nothing is to be archived.</summary>
    /// <exception cref="CliException">It is no interval.</exception>
    public static ArchiveSchedule? Read()
        => PlatformOptions.Variable(AfterVariable) is not { } text ? null
            : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var after) && after > TimeSpan.Zero ? new ArchiveSchedule(after)
            : throw CliException.BadInput($"{AfterVariable} '{text}' is no interval above zero such as 30.00:00:00 (30 days).");
}
