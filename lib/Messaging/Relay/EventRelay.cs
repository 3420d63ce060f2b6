using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>
/// Puts the events of the store on the bus: the only one who does. One process leads; it publishes in the order of the log,
/// with many events on their way at once, and moves its checkpoint over what the broker has confirmed. What was published and not
/// checkpointed is published again after a crash, under the same message id.
/// </summary>
public sealed partial class EventRelay : BackgroundService
{
    /// <summary>Name of the leadership and of the checkpoint.</summary>
    public const string Name = "relay";

    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);
    static readonly TimeSpan SaidAgainAfter = TimeSpan.FromSeconds(30);

    readonly IDocumentStore store;
    readonly IBusControl bus;
    readonly IEventPublisher publisher;
    readonly RelayHeartbeat heartbeat;
    readonly MessagingOptions options;
    readonly Task topologyDeclared;
    readonly ILogger<EventRelay> logger;
    volatile RelayStatus status = new(false, 0, 0, null);
    volatile IEventChannel? current;
    long publishedBefore;
    long? stuck;
    long said;

    internal EventRelay(
        IDocumentStore store, IBusControl bus, IEventPublisher publisher, RelayHeartbeat heartbeat, MessagingOptions options, Task topologyDeclared, ILogger<EventRelay> logger)
    {
        this.store = store;
        this.bus = bus;
        this.publisher = publisher;
        this.heartbeat = heartbeat;
        this.options = options;
        this.topologyDeclared = topologyDeclared;
        this.logger = logger;
    }

    public RelayStatus Status => status with { Published = publishedBefore + (long)(current?.Ledger.Confirmed.Count ?? 0) };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            var before = status.Position;
            try
            {
                await LeadAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                failures = status.Position > before ? 1 : failures + 1;
                stuck = (e as EventNotPublishedException)?.Event?.Sequence;
                Report(e.Message);
                LogProblem(e, failures);
                await heartbeat.WriteAsync(Status with { IsLeader = false }, stoppingToken);
                await PauseAsync(failures, stoppingToken);
            }
        }
    }

    async Task LeadAsync(CancellationToken stoppingToken)
    {
        await BusStartedAsync(stoppingToken);
        await using var leadership = await store.AcquireLeadershipAsync(Name, stoppingToken);
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, leadership.Lost);
        try
        {
            var position = await store.Progression.LoadAsync(Name, leading.Token);
            status = status with { IsLeader = true, Position = position };
            await using var channel = await publisher.OpenAsync(leading.Token);
            current = channel;
            if (stuck is null)
                Report(null);
            LogLeading(position);
            var pass = new RelayPass(store, channel, options, IsKnown, Moved);
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(leading.Token);
            var watch = heartbeat.RunAsync(() => Status, channel.Ledger, Report, watching.Token);
            try
            {
                await pass.RunAsync(position, stuck, leading.Token);
            }
            finally
            {
                publishedBefore += (long)channel.Ledger.Confirmed.Count;
                current = null;
                await watching.CancelAsync();
                await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (stoppingToken.IsCancellationRequested && !leadership.Lost.IsCancellationRequested)
                    await SayFarewellAsync();
            }
        }
        catch (OperationCanceledException) when (leadership.Lost.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
        {
            LogLeadershipLost();
        }
        finally
        {
            status = status with { IsLeader = false };
        }
    }

    /// <summary>Before the next leader can write: it is told that nobody leads.</summary>
    async Task SayFarewellAsync()
    {
        using var limit = new CancellationTokenSource(Farewell, TimeProvider.System);
        await heartbeat.WriteAsync(Status with { IsLeader = false }, limit.Token);
    }

    void Moved(long position)
    {
        // an event that was stuck has gone, or another process has published it
        if (stuck is { } waited && position >= waited)
            stuck = null;
        status = status with { Position = position, Problem = stuck is null ? null : status.Problem };
    }

    /// <summary>What is published before the queues are bound is gone, so that the bus must have declared them first.</summary>
    async Task BusStartedAsync(CancellationToken cancellationToken)
    {
        while (bus.CheckHealth() is { Status: not BusHealthStatus.Healthy } health)
        {
            Report($"waiting for RabbitMQ: {health.Description}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }

        await topologyDeclared.WaitAsync(cancellationToken);
    }

    bool IsKnown(IEvent e)
    {
        // what the store says of itself is nobody's message
        if (e.EventType.IsAssignableTo(typeof(IStoreEvent)))
            return false;
        if (store.Options.Events.ForName(e.EventTypeName)?.Type == e.EventType)
            return true;
        LogUnknown(e.Sequence, e.EventTypeName);
        return false;
    }

    void Report(string? problem) => status = status with { Problem = problem };

    void LogProblem(Exception e, int failures)
    {
        var unroutable = e is EventNotPublishedException { IsUnroutable: true };
        RelayInstruments.Stops.Add(1, new KeyValuePair<string, object?>("problem", unroutable ? "unroutable" : "other"));
        if (failures > 1 && TimeProvider.System.GetElapsedTime(said) < SaidAgainAfter)
            return;
        said = TimeProvider.System.GetTimestamp();
        if (e is EventNotPublishedException { Event: not null })
            LogUnpublished(e.Message);
        else
            LogStopped(e.Message);
    }

    static Task PauseAsync(int failures, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(100 * Math.Pow(2, Math.Min(failures, 10) - 1));
        return Task.Delay(pause < LongestPause ? pause : LongestPause, TimeProvider.System, cancellationToken)
            .ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    [LoggerMessage(LogLevel.Information, "Relay leads from position {Position}")]
    partial void LogLeading(long position);

    [LoggerMessage(LogLevel.Warning, "The connection that holds the relay's leadership was lost; asking for it again")]
    partial void LogLeadershipLost();

    [LoggerMessage(LogLevel.Warning, "Relay stopped and tries again: {Reason}")]
    partial void LogStopped(string reason);

    [LoggerMessage(LogLevel.Error, "Relay stands still, nothing is lost, and it tries again: {Reason}")]
    partial void LogUnpublished(string reason);

    [LoggerMessage(LogLevel.Warning, "Event {Sequence} has the unknown type {EventType} and is not published")]
    partial void LogUnknown(long sequence, string eventType);
}
