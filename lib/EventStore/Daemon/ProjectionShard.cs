using Microsoft.Extensions.Logging;

namespace OptiInfra.EventStore;

/// <summary>
/// One asynchronous projection in this process: waits to be its leader, then applies page after page, each with its
/// progress in one transaction. An event that fails again and again stops the shard in front of it.
/// </summary>
sealed class ProjectionShard(DocumentStore store, IProjection projection) : IAsyncDisposable
{
    const int PageSize = 500;
    const int Attempts = 3;
    static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan PausedCheck = TimeSpan.FromSeconds(1);

    readonly CancellationTokenSource stopping = new();
    readonly ILogger logger = store.Logger<ProjectionShard>();
    Task? running;
    long sequence;
    long highWaterMark;
    volatile bool leads;
    volatile string? error;

    /// <summary>Its row in the progression table and the name of its leadership.</summary>
    public string ProgressName { get; } = NameOf(projection);

    public static string NameOf(IProjection projection) => $"projection:{projection.Name}:v{projection.Version}";

    public string? Error => error;

    public ShardState State => new(projection.Name, Interlocked.Read(ref sequence), Interlocked.Read(ref highWaterMark), leads, error);

    public void Start() => running ??= Task.Run(() => RunAsync(stopping.Token));

    async Task RunAsync(CancellationToken cancellationToken)
    {
        var retry = new Backoff();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var leadership = await store.AcquireLeadershipAsync(ProgressName, cancellationToken);
                using var leading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leadership.Lost);
                leads = true;
                await LeadAsync(retry, leading.Token);
            }
            catch (OperationCanceledException)
            {
                // stopped, or leadership lost: the loop's condition tells
            }
            catch (ProgressionOutOfOrderException)
            {
                logger.LogInformation("Projection {Name} was moved by a rebuild or another leader; reading its position again.", projection.Name);
            }
            catch (Exception e)
            {
                logger.LogWarning("Projection {Name} was interrupted ({Reason}); trying again in {Delay}.", projection.Name, e.Message, retry.Delay);
                await retry.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                leads = false;
            }
        }
    }

    async Task LeadAsync(Backoff retry, CancellationToken cancellationToken)
    {
        var position = await PrepareAsync(cancellationToken);
        error = null;
        Interlocked.Exchange(ref sequence, position);
        await foreach (var page in store.EventLog.FollowAsync(position, PageSize, CheckPositionAsync, cancellationToken))
        {
            Interlocked.Exchange(ref highWaterMark, page.Ceiling);
            await ApplyAsync(page, cancellationToken);
            retry.Reset();
        }
    }

    /// <summary>A rebuild that was asked for while nothing comes must not wait for the next event.</summary>
    async Task CheckPositionAsync(CancellationToken cancellationToken)
    {
        var believed = Interlocked.Read(ref sequence);
        if (await store.Progression.LoadAsync(ProgressName, cancellationToken) != believed)
            throw new ProgressionOutOfOrderException(ProgressName, believed);
    }

    /// <summary>Where to go on; a projection (or a version of it) that has never run begins with empty documents.</summary>
    async Task<long> PrepareAsync(CancellationToken cancellationToken)
    {
        await using var session = (DocumentSession)store.LightweightSession();
        var known = await ProgressRow.ReadAsync(session.UnitOfWork, ProgressName, cancellationToken);
        if (known is { } position)
            return position;
        session.QueueOperation(store.Progression.Advance(ProgressName, 0, 0));
        Emptying.Queue(session, projection);
        await session.SaveChangesAsync(cancellationToken);
        return 0;
    }

    async Task ApplyAsync(EventPage page, CancellationToken cancellationToken)
    {
        if (await TryAsync(page.Floor, page.Ceiling, page.Events, cancellationToken) is null)
            return;
        // one of them is at fault: as far as possible, event by event
        var from = page.Floor;
        foreach (var @event in page.Events)
        {
            if (await TryAsync(from, @event.Sequence, [@event], cancellationToken) is { } failure)
                await PauseAsync(from, @event, failure, cancellationToken);
            from = @event.Sequence;
        }
        if (await TryAsync(from, page.Ceiling, [], cancellationToken) is { } unexpected)
            throw unexpected;
    }

    /// <returns>What went wrong in the last attempt; null when it is done.</returns>
    async Task<Exception?> TryAsync(long from, long to, IReadOnlyList<IEvent> events, CancellationToken cancellationToken)
    {
        if (from == to)
            return null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var session = store.LightweightSession();
                session.QueueOperation(store.Progression.Advance(ProgressName, from, to));
                if (events.Count > 0)
                    await projection.ApplyAsync(session, events, cancellationToken);
                await session.SaveChangesAsync(cancellationToken);
                Interlocked.Exchange(ref sequence, to);
                return null;
            }
            catch (Exception e) when (e is not OperationCanceledException and not ProgressionOutOfOrderException && !PostgresErrors.IsConnectionLoss(e))
            {
                if (attempt == Attempts)
                    return e;
                await Task.Delay(BetweenAttempts * attempt, TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>Stays leader and does nothing, until a rebuild or a person moves the position.</summary>
    async Task PauseAsync(long position, IEvent at, Exception failure, CancellationToken cancellationToken)
    {
        error = $"Paused before event {at.Sequence} ({at.EventTypeName}, version {at.Version} of stream {at.StreamId}): {failure.Message}";
        logger.LogError(failure, "Projection {Name} is paused before event {Sequence} ({Type}, version {Version} of stream {Stream}).", projection.Name, at.Sequence, at.EventTypeName, at.Version, at.StreamId);
        while (await store.Progression.LoadAsync(ProgressName, cancellationToken) == position)
            await Task.Delay(PausedCheck, TimeProvider.System, cancellationToken);
        throw new ProgressionOutOfOrderException(ProgressName, position);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        if (running is not null)
            await running;
        stopping.Dispose();
    }
}
