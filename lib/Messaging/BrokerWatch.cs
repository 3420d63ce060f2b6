using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Messaging;

/// <summary>Tells the operator when RabbitMQ is waited for, and when it is back. Starts before the bus, whose start may wait.</summary>
sealed partial class BrokerWatch(IBusControl bus, MessagingOptions options, ILogger<BrokerWatch> logger) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    /// <summary>An ordinary start or a short reconnect takes less and is not worth a line.</summary>
    const int WorthALine = 2;
    const int SaidAgainEvery = 30;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        var (host, port, path) = (options.RabbitMq.Host, options.RabbitMq.Port, options.RabbitMq.AbsolutePath);
        for (var seconds = 0; await timer.WaitForNextTickAsync(stoppingToken);)
        {
            var health = bus.CheckHealth();
            if (health.Status == BusHealthStatus.Healthy)
            {
                if (seconds >= WorthALine)
                    LogBack(host, port, path);
                seconds = 0;
            }
            else if (++seconds % SaidAgainEvery == WorthALine)
                LogWaiting(host, port, path, health.Exception?.GetBaseException().Message ?? health.Description);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Waiting for RabbitMQ at {Host}:{Port}{VirtualHost}: {Reason}. Nothing is lost meanwhile; check that it runs and that the address is right")]
    partial void LogWaiting(string host, int port, string virtualHost, string? reason);

    [LoggerMessage(LogLevel.Information, "RabbitMQ at {Host}:{Port}{VirtualHost} is back")]
    partial void LogBack(string host, int port, string virtualHost);
}
