using MassTransit;
using MassTransit.Serialization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OptiInfra.EventStore;
using OptiInfra.Messaging.Configuration;

namespace OptiInfra.Messaging;

/// <summary>
/// Sends scheduled messages when they are due by the injected clock, at least once each and always under the same message id.
/// Looks for them at the wall's pace, since the injected clock may run many times faster. Several processes share the work.
/// </summary>
sealed partial class ScheduledMessageDelivery(
    MessagingDatabase database, IDocumentStore store, IBusControl bus, MessagingOptions options, ILogger<ScheduledMessageDelivery> logger,
    DeclaredTopology? topology = null) : BackgroundService
{
    const int BatchSize = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (topology is not null)
            await topology.Declared.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.SchedulerPollInterval, TimeProvider.System);
        var healthy = true;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                // a message that is sent into the void of a bus that has not declared its queues yet is gone
                if (bus.CheckHealth().Status != BusHealthStatus.Healthy)
                    continue;
                while (await DeliverAsync(stoppingToken) == BatchSize)
                {
                }

                healthy = true;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (healthy)
                    LogFailed(e.Message);
                healthy = false;
            }
        }
    }

    async Task<int> DeliverAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var due = await DueAsync(connection, cancellationToken);
        if (due.Count == 0)
            return 0;

        var results = await Task.WhenAll(due.Select(message => SendAsync(message, cancellationToken)));
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new($"delete from {database.Schema}.scheduled_message where token = any($1)")
        {
            Parameters = { new() { Value = results.Where(r => r.Error is null).Select(r => r.Message.Token).ToArray() } },
        });
        foreach (var (message, error) in results.Where(r => r.Error is not null))
            batch.BatchCommands.Add(new(
                $"""
                update {database.Schema}.scheduled_message set attempts = attempts + 1, last_error = $2,
                    retry_at = clock_timestamp() + least(interval '1 minute', interval '500 milliseconds' * 2 ^ least(attempts, 10))
                where token = $1
                """)
            {
                Parameters = { new() { Value = message.Token }, new() { Value = error } },
            });
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return due.Count;
    }

    async Task<List<ScheduledMessageRow>> DueAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select token, message_id, destination, body from {database.Schema}.scheduled_message
            where due <= $1 and (retry_at is null or retry_at <= clock_timestamp())
            order by due limit {BatchSize} for update skip locked
            """, connection);
        command.Parameters.Add(new() { Value = store.Options.TimeProvider.GetUtcNow().ToUniversalTime() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<ScheduledMessageRow>();
        while (await reader.ReadAsync(cancellationToken))
            due.Add(new(reader.GetGuid(0), reader.GetGuid(1), new Uri(reader.GetString(2)), reader.GetString(3)));
        return due;
    }

    async Task<(ScheduledMessageRow Message, string? Error)> SendAsync(ScheduledMessageRow message, CancellationToken cancellationToken)
    {
        try
        {
            var endpoint = await bus.GetSendEndpoint(message.Destination);
            await endpoint.Send(new SerializedMessageBody(), new ScheduledMessagePipe(message), cancellationToken);
            return (message, null);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnsent(message.Token, message.Destination, e.Message);
            return (message, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Scheduled messages cannot be delivered now and are tried again: {Reason}")]
    partial void LogFailed(string reason);

    [LoggerMessage(LogLevel.Error, "Scheduled message {Token} cannot be sent to {Destination} and is tried again: {Reason}")]
    partial void LogUnsent(Guid token, Uri destination, string reason);
}

sealed record ScheduledMessageRow(Guid Token, Guid MessageId, Uri Destination, string Body);
