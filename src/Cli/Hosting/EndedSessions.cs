using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OptiInfra.Commands.Access;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Hosting;

/// <summary>Forgets people's sessions a week after their end and sign-ins that nobody finished; of several gateways one does it.</summary>
sealed partial class EndedSessions(IDocumentStore store, AccessTokens tokens, PendingSignIns pending, TimeProvider clock, ILogger<EndedSessions> logger) : BackgroundService
{
    const string Name = "ended-sessions";
    static readonly TimeSpan Kept = TimeSpan.FromDays(7);
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LeaderLoop.RunAsync(store, Name, LeadAsync, stoppingToken);

    async Task LeadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await pending.ForgetExpiredAsync(cancellationToken);
                while (await tokens.ForgetSessionsAsync(clock.GetUtcNow() - Kept, cancellationToken) is > 0 and var forgotten)
                    LogForgotten(forgotten);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogNotForgotten(e.Message);
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Sessions} sessions that ended a week ago are forgotten")]
    partial void LogForgotten(int sessions);

    [LoggerMessage(LogLevel.Warning, "Ended sessions could not be forgotten this time: {Reason}")]
    partial void LogNotForgotten(string reason);
}
