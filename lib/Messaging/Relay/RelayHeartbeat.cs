using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OptiInfra.Messaging;

/// <summary>Writes where the leader stands into the database, so that any process can tell; and notices when RabbitMQ confirms nothing.</summary>
sealed partial class RelayHeartbeat(MessagingDatabase database, ILogger<RelayHeartbeat> logger)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly string process = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}");

    /// <summary>Runs as long as this process leads.</summary>
    public async Task RunAsync(Func<RelayStatus> status, ConfirmLedger ledger, Action<string?> report, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        var (oldest, since) = (0L, TimeProvider.System.GetTimestamp());
        var waiting = false;
        do
        {
            var first = ledger.Oldest?.Sequence ?? 0;
            if (first != oldest)
            {
                (oldest, since) = (first, TimeProvider.System.GetTimestamp());
                if (waiting)
                    report(null);
                waiting = false;
            }
            else if (first != 0 && !waiting && TimeProvider.System.GetElapsedTime(since) > Patience)
            {
                waiting = true;
                report($"waiting for RabbitMQ to confirm event {first}; it confirms nothing when it is short of memory or disk, or of replicas of a queue");
                LogWaiting(first);
            }

            await WriteAsync(status(), cancellationToken);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Writes once; a database that is away is no reason to stop.</summary>
    public async Task WriteAsync(RelayStatus status, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = database.Source.CreateCommand($"select {database.Schema}.relay_heartbeat($1, $2, $3, $4, $5)");
            command.Parameters.Add(new() { Value = process });
            command.Parameters.Add(new() { Value = status.IsLeader });
            command.Parameters.Add(new() { Value = status.Position });
            command.Parameters.Add(new() { Value = status.Published });
            command.Parameters.Add(new() { Value = (object?)status.Problem ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidOperationException)
        {
            LogUnwritten(e.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // another leader writes the next
        }
    }

    [LoggerMessage(LogLevel.Warning, "Relay waits for RabbitMQ to confirm event {Sequence}")]
    partial void LogWaiting(long sequence);

    [LoggerMessage(LogLevel.Debug, "The relay's heartbeat could not be written: {Reason}")]
    partial void LogUnwritten(string reason);
}
