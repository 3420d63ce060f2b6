using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Cli.Telemetry;

/// <summary>How far relay and projections are behind the log, wherever they run: read from the database now and then.</summary>
sealed partial class PlatformGauges : BackgroundService
{
    public const string MeterName = "OptiInfra.Platform";
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    readonly IDocumentStore store;
    readonly ILogger<PlatformGauges> logger;
    readonly Meter meter = new(MeterName);
    volatile RelayReport? relay;
    volatile IReadOnlyList<Measurement<long>> projections = [];

    public PlatformGauges(IDocumentStore store, ILogger<PlatformGauges> logger)
    {
        (this.store, this.logger) = (store, logger);
        meter.CreateObservableGauge("relay.lag.events", () => Of(relay?.LagEvents), "{event}");
        meter.CreateObservableGauge("relay.lag.age", () => Of(relay?.Lag.TotalSeconds), "s");
        meter.CreateObservableGauge("relay.has_problem", () => Of<int>(relay is null ? null : relay.Problem is null ? 0 : 1), "1");
        meter.CreateObservableGauge("projection.lag.events", () => projections, "{event}");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        do
        {
            try
            {
                relay = await RelayReport.ReadAsync(store, stoppingToken);
                projections = await ProjectionLagAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogUnread(e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task<IReadOnlyList<Measurement<long>>> ProjectionLagAsync(CancellationToken cancellationToken)
    {
        var end = await store.Log.HighWaterMarkAsync(cancellationToken);
        List<Measurement<long>> lags = [];
        foreach (var (projection, lifecycle) in store.Options.Projections.All)
            if (lifecycle is ProjectionLifecycle.Async)
            {
                // as the store's daemon names the progress of a shard
                var position = await store.Progression.LoadAsync($"projection:{projection.Name}:v{projection.Version}", cancellationToken);
                lags.Add(new(Math.Max(0, end - position), new KeyValuePair<string, object?>("projection", projection.Name)));
            }

        return lags;
    }

    static IEnumerable<Measurement<T>> Of<T>(T? value) where T : struct => value is { } known ? [new(known)] : [];

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    [LoggerMessage(LogLevel.Debug, "The lag of relay and projections could not be read: {Reason}")]
    partial void LogUnread(string reason);
}
