using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>
/// Puts the events of the store on the bus: the only one who does. One process leads; it publishes in the order of the log
/// within each stream, waits for the broker's confirms, and then moves its checkpoint. What was published and not
/// checkpointed is published again after a crash, under the same message id.
/// </summary>
public sealed partial class EventRelay : BackgroundService
{
    /// <summary>Name of the leadership and of the checkpoint.</summary>
    public const string Name = "relay";

    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly IDocumentStore store;
    readonly IBusControl bus;
    readonly MessagingOptions options;
    readonly Task topologyDeclared;
    readonly ILogger<EventRelay> logger;
    volatile RelayStatus status = new(false, 0, 0, null);
    long published;

    internal EventRelay(IDocumentStore store, IBusControl bus, MessagingOptions options, Task topologyDeclared, ILogger<EventRelay> logger)
    {
        this.store = store;
        this.bus = bus;
        this.options = options;
        this.topologyDeclared = topologyDeclared;
        this.logger = logger;
    }

    public RelayStatus Status => status;

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
                Report(e.Message);
                LogStopped(e.Message);
                await PauseAsync(failures, stoppingToken);
            }
            finally
            {
                status = status with { IsLeader = false };
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
            status = new(true, position, published, null);
            LogLeading(position);
            await foreach (var page in store.Log.FollowAsync(position, options.RelayBatchSize, leading.Token))
            {
                await PublishAsync(page.Events, leading.Token);
                if (page.Ceiling <= position)
                    continue;
                await store.Progression.AdvanceAsync(Name, position, page.Ceiling, leading.Token);
                position = page.Ceiling;
                status = new(true, position, Interlocked.Read(ref published), null);
            }
        }
        catch (OperationCanceledException) when (leadership.Lost.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
        {
            LogLeadershipLost();
        }
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

    Task PublishAsync(IReadOnlyList<IEvent> events, CancellationToken cancellationToken)
    {
        var streams = events.Where(IsKnown).GroupBy(e => e.StreamId).Select(stream => stream.ToArray());
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.RelayConcurrency, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(streams, parallel, async (stream, token) =>
        {
            foreach (var e in stream)
                await PublishAsync(e, token);
        });
    }

    async Task PublishAsync(IEvent e, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                var publishing = bus.Publish(e.Data, e.EventType, new EventPublishPipe(e), cancellationToken);
                await PatientlyAsync(publishing, e, cancellationToken);
                Interlocked.Increment(ref published);
                return;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                Report($"event {e.Sequence} ({e.EventTypeName}, {e.Id}) cannot be published: {failure.Message}");
                LogUnpublished(e.Sequence, e.EventTypeName, e.Id, failure.Message);
                await PauseAsync(failures, cancellationToken);
            }
        }
    }

    /// <summary>MassTransit waits for the broker to come back as long as it takes: say so meanwhile.</summary>
    async Task PatientlyAsync(Task publishing, IEvent e, CancellationToken cancellationToken)
    {
        while (await Task.WhenAny(publishing, Task.Delay(Patience, TimeProvider.System, cancellationToken)) != publishing)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Report($"waiting for RabbitMQ to confirm event {e.Sequence}: {bus.CheckHealth().Description}");
            LogWaiting(e.Sequence, bus.CheckHealth().Description ?? "");
        }

        await publishing;
    }

    bool IsKnown(IEvent e)
    {
        if (store.Options.Events.ForName(e.EventTypeName)?.Type == e.EventType)
            return true;
        LogUnknown(e.Sequence, e.EventTypeName);
        return false;
    }

    void Report(string problem) => status = status with { Problem = problem };

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

    [LoggerMessage(LogLevel.Warning, "Relay waits for RabbitMQ to confirm event {Sequence}: {Health}")]
    partial void LogWaiting(long sequence, string health);

    [LoggerMessage(LogLevel.Error, "Event {Sequence} ({EventType}, {EventId}) cannot be published and is tried again: {Reason}")]
    partial void LogUnpublished(long sequence, string eventType, Guid eventId, string reason);

    [LoggerMessage(LogLevel.Warning, "Event {Sequence} has the unknown type {EventType} and is not published")]
    partial void LogUnknown(long sequence, string eventType);
}
