using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OptiInfra.Cli.Hosting;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Audit;

/// <summary>Takes checkpoints as long as the program runs; of several processes with the key one leads.</summary>
sealed partial class PeriodicCheckpoints(IDocumentStore store, TimeProvider clock, CheckpointSchedule schedule, ILogger<PeriodicCheckpoints> logger) : BackgroundService
{
    const string Name = "audit-checkpoints";
    const string Actor = "audit";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LeaderLoop.RunAsync(store, Name, LeadAsync, stoppingToken);

    async Task LeadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(schedule.Every, clock, cancellationToken);
            try
            {
                if (await store.TakeCheckpointAsync(schedule.Key, Actor, cancellationToken) is { } checkpoint)
                    LogTaken(checkpoint.Taken.Number, checkpoint.Taken.Events, checkpoint.Taken.Streams, checkpoint.Taken.SequenceCeiling);
            }
            catch (Exception e) when (e is NpgsqlException or ConcurrencyException or TimeoutException)
            {
                LogNotTaken(e.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Checkpoint {Number}: {Events} events of {Streams} streams up to sequence {Sequence}")]
    partial void LogTaken(long number, long events, long streams, long sequence);

    [LoggerMessage(LogLevel.Warning, "No checkpoint could be taken this time: {Reason}")]
    partial void LogNotTaken(string reason);
}

/// <summary>With which key and how often checkpoints are taken.</summary>
sealed record CheckpointSchedule(CheckpointKey Key, TimeSpan Every)
{
    public const string EveryVariable = "OPTIINFRA_AUDIT_CHECKPOINT_EVERY";
    static readonly TimeSpan Usual = TimeSpan.FromHours(1);

    /// <summary>From the environment; null where no key is named.</summary>
    /// <exception cref="Errors.CliException">The key cannot be used, or the interval is none.</exception>
    public static CheckpointSchedule? Read()
    {
        var text = PlatformOptions.Variable(EveryVariable);
        var every = text is null ? Usual
            : TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var given) && given > TimeSpan.Zero && given <= TimeSpan.FromDays(30) ? given
            : throw Errors.CliException.BadInput($"{EveryVariable} '{text}' is no interval such as 01:00:00, above zero and up to 30 days.");
        if (AuditKeys.Signing(null) is { } key)
            return new CheckpointSchedule(key, every);
        return text is null ? null : throw Errors.CliException.BadInput($"{EveryVariable} asks for checkpoints, and no key to sign them with is named: set {AuditKeys.KeyVariable}; `optiinfra audit key create --out FILE` makes one.");
    }
}
