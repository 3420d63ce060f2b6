using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Messaging;

/// <summary>Forgets handled messages that are too old to be delivered again.</summary>
sealed partial class InboxCleanup(MessagingDatabase database, MessagingOptions options, ILogger<InboxCleanup> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // rows carry the database's clock, so that the pace is the wall's whatever the product's clock does
        using var timer = new PeriodicTimer(options.InboxCleanupInterval, TimeProvider.System);
        do
        {
            try
            {
                var forgotten = await database.ForgetHandledAsync(options.InboxRetention, stoppingToken);
                if (forgotten > 0)
                    LogForgotten(forgotten, options.InboxRetention);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Information, "Forgot {Count} handled messages older than {Age}")]
    partial void LogForgotten(int count, TimeSpan age);

    [LoggerMessage(LogLevel.Warning, "Old inbox rows could not be deleted; tried again later: {Reason}")]
    partial void LogFailed(string reason);
}
