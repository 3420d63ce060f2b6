using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Messaging;

/// <summary>
/// Starts endpoints again that have not come back by themselves. MassTransit's receive transport ends for good, without a word,
/// where a connection is lost in the middle of being made (ReceiveTransport.cs of MassTransit 8.4.0 takes an
/// OperationCanceledException for its own stopping): the bus then never starts, or the endpoint never consumes again. Starts
/// before the bus, whose start may be what hangs.
/// </summary>
sealed partial class EndpointRevival(IBusControl bus, MessagingOptions options, ILogger<EndpointRevival> logger) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    static readonly TimeSpan StopBound = TimeSpan.FromSeconds(10);
    /// <summary>Each try has twice as long as the one before, up to this many times the first: a slow broker must not be interrupted for ever.</summary>
    const int LongestFactor = 4;

    readonly Dictionary<Uri, Ailing> ailing = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            foreach (var health in bus.CheckHealth().Endpoints.Values)
                await LookAfterAsync(health, stoppingToken);
    }

    async Task LookAfterAsync(EndpointHealthResult health, CancellationToken stoppingToken)
    {
        if (health.Status == BusHealthStatus.Healthy)
        {
            ailing.Remove(health.InputAddress);
            return;
        }

        var now = TimeProvider.System.GetTimestamp();
        if (!ailing.TryGetValue(health.InputAddress, out var since))
            ailing[health.InputAddress] = new(now, 1);
        else if (TimeProvider.System.GetElapsedTime(since.From, now) >= options.EndpointPatience * since.Factor)
        {
            ailing[health.InputAddress] = new(now, Math.Min(since.Factor * 2, LongestFactor));
            await StartAgainAsync(health, stoppingToken);
        }
    }

    async Task StartAgainAsync(EndpointHealthResult health, CancellationToken stoppingToken)
    {
        var name = health.InputAddress.AbsolutePath[(health.InputAddress.AbsolutePath.LastIndexOf('/') + 1)..];
        try
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            bound.CancelAfter(StopBound);
            await health.ReceiveEndpoint.Stop(bound.Token);
            stoppingToken.ThrowIfCancellationRequested();
            health.ReceiveEndpoint.Start(CancellationToken.None);
            LogStarted(name, health.Description);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogNotStarted(name, e.Message);
        }
    }

    sealed record Ailing(long From, int Factor);

    [LoggerMessage(LogLevel.Warning, "Endpoint {Endpoint} has not come back by itself and was started again: {Reason}")]
    partial void LogStarted(string endpoint, string? reason);

    [LoggerMessage(LogLevel.Warning, "Endpoint {Endpoint} has not come back by itself and could not be started again: {Reason}")]
    partial void LogNotStarted(string endpoint, string reason);
}
