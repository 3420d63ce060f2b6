using Microsoft.Extensions.Logging;

namespace OptiInfra.EventStore;

/// <summary>
/// One projection's version in this process: waits to be its leader, then builds it where it has to be built, retries
/// what was set aside, and applies page after page, each with its progress in one transaction. An inline one is kept up
/// by the appends themselves; here it is only built and retried.
/// </summary>
sealed class ProjectionShard(DocumentStore store, IProjection projection, ProjectionLifecycle lifecycle) : IAsyncDisposable
{
    const int PageSize = 500;
    static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LastSettling = TimeSpan.FromSeconds(2);
    static readonly TimeSpan OldLeaderBound = TimeSpan.FromSeconds(3);
    static readonly TimeSpan BetweenDrops = TimeSpan.FromMinutes(1);

    readonly CancellationTokenSource stopping = new();
    readonly SemaphoreSlim writing = new(1);
    readonly ProjectionRegistry registry = new(store, projection);
    readonly ILogger logger = store.Logger<ProjectionShard>();
    Task? running;
    /// <summary>Read up to here.</summary>
    long sequence;
    /// <summary>The position in the database: where what was read since changes nothing, it follows later.</summary>
    long written;
    long highWaterMark;
    long nextDrop;
    volatile bool leads;
    volatile string? error;

    public string ProgressName { get; } = ProjectionProgress.NameOf(projection);

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
        // a new leader may be a new program: what failed before is tried once more
        await registry.SetErrorAsync(null, cancellationToken);
        for (var first = true; ; first = false)
        {
            var row = await registry.LoadAsync(cancellationToken);
            (written, error) = (row.Position, null);
            Interlocked.Exchange(ref sequence, row.Position);
            try
            {
                var writer = Writer(row);
                if (row.IsReady)
                    await PrepareAsync(row, writer, first, cancellationToken);
                if (row.Rebuilding)
                    await new ProjectionRebuild(store, projection, lifecycle, row, token => CatchUpAsync(row, writer, token)).RunAsync(cancellationToken);
                else if (!row.IsReady)
                    await registry.RequestRebuildAsync(cancellationToken);
                else
                    await FollowAsync(row, writer, cancellationToken);
                retry.Reset();
            }
            catch (ProjectionPausedException e)
            {
                await PauseAsync(e, cancellationToken);
            }
        }
    }

    ProjectionWriter Writer(ProjectionRow row) => new(
        store, projection, rebuilding: false, row.SkipsInARow, (from, to) => Advance(row, from, to));

    SqlOperation Advance(ProjectionRow row, long from, long to) => new(
        $"select {registry.Schema}.advance_projection($1, $2, $3, $4, $5, $6, $7)",
        [projection.Name, projection.Version, row.Generation, ProgressName, from, to, store.Options.TimeProvider.GetUtcNow()]);

    async Task PrepareAsync(ProjectionRow row, ProjectionWriter writer, bool first, CancellationToken cancellationToken)
    {
        await writer.Skipped.LoadAsync(cancellationToken);
        if (first || row.RetryAsked)
        {
            var inline = lifecycle == ProjectionLifecycle.Inline;
            Func<ISessionOperation> guard = inline ? () => InlineProjections.Hold(store, projection) : () => Advance(row, row.Position, row.Position);
            await new SkippedRetry(store, projection, writer, guard, inline ? null : row.Position).RunAsync(onlyAsked: !first, cancellationToken);
        }
        if (row.IsReplacementDue && TimeProvider.System.GetTimestamp() >= nextDrop)
            await DropOlderVersionsAsync(cancellationToken);
    }

    /// <summary>Applies what is there, without waiting for more; in the midst of a rebuild.</summary>
    /// <returns>Where the tables that are read stand.</returns>
    async Task<long> CatchUpAsync(ProjectionRow row, ProjectionWriter writer, CancellationToken cancellationToken)
    {
        if (!row.IsReady || lifecycle == ProjectionLifecycle.Inline)
            return 0;
        while (true)
        {
            var page = await store.Log.ReadAsync(Interlocked.Read(ref sequence), PageSize, cancellationToken);
            await ApplyAsync(page, writer, cancellationToken);
            if (page.Events.Count < PageSize)
                return page.Ceiling;
        }
    }

    /// <summary>Until a rebuild, a retry or another's hand on the position wants something else.</summary>
    async Task FollowAsync(ProjectionRow row, ProjectionWriter writer, CancellationToken cancellationToken)
    {
        using var changed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(row, writer, changed);
        try
        {
            if (lifecycle == ProjectionLifecycle.Inline)
                await watching;
            else
                await foreach (var page in store.Log.FollowAsync(row.Position, PageSize, changed.Token))
                    await ApplyAsync(page, writer, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // changed: the caller looks
        }
        finally
        {
            await changed.CancelAsync();
            await watching;
            await SettleAtEndAsync(writer);
        }
    }

    async Task ApplyAsync(EventPage page, ProjectionWriter writer, CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref highWaterMark, page.Ceiling);
        await writing.WaitAsync(cancellationToken);
        try
        {
            written = await writer.ApplyAsync(written, page.Ceiling, page.Events, mayStay: true, cancellationToken);
            Interlocked.Exchange(ref sequence, page.Ceiling);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Lets the position in the database follow.</summary>
    async Task SettleAsync(ProjectionWriter writer, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            written = await writer.ApplyAsync(written, Interlocked.Read(ref sequence), [], mayStay: false, cancellationToken);
        }
        finally
        {
            writing.Release();
        }
    }

    async Task SettleAtEndAsync(ProjectionWriter writer)
    {
        try
        {
            using var bound = new CancellationTokenSource(LastSettling, TimeProvider.System);
            await SettleAsync(writer, bound.Token);
        }
        catch (Exception e)
        {
            logger.LogDebug("The position of projection {Name} stays behind ({Reason}); its next leader reads what changes nothing once more.", projection.Name, e.Message);
        }
    }

    /// <summary>Cancels when something else is to be done than to follow the log.</summary>
    async Task WatchAsync(ProjectionRow began, ProjectionWriter writer, CancellationTokenSource changed)
    {
        try
        {
            while (true)
            {
                var rung = store.Bell.Next;
                var now = await registry.LoadAsync(changed.Token);
                if (now.Rebuilding || now.RetryAsked || !now.IsReady || now.Generation != began.Generation
                    || (now.IsReplacementDue && TimeProvider.System.GetTimestamp() >= nextDrop))
                    break;
                if (lifecycle == ProjectionLifecycle.Async && now.Position < Interlocked.Read(ref sequence))
                    await SettleAsync(writer, changed.Token);
                await LogSignal.WaitAsync(rung, WatchEvery, changed.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // the shard stops, or has lost its leadership
        }
        catch (Exception e)
        {
            logger.LogDebug("Projection {Name} cannot look for what is asked of it ({Reason}).", projection.Name, e.Message);
        }
        await changed.CancelAsync();
    }

    /// <summary>Only once no daemon of theirs leads them any more.</summary>
    async Task DropOlderVersionsAsync(CancellationToken cancellationToken)
    {
        nextDrop = TimeProvider.System.GetTimestamp() + (long)(BetweenDrops.TotalSeconds * TimeProvider.System.TimestampFrequency);
        foreach (var version in await registry.OlderVersionsAsync(cancellationToken))
        {
            using var late = new CancellationTokenSource(OldLeaderBound, TimeProvider.System);
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
            try
            {
                await using var leadership = await store.AcquireLeadershipAsync(ProjectionProgress.NameOf(projection.Name, version), bound.Token);
                await registry.ExecuteAsync([new SqlOperation($"select {registry.Schema}.drop_projection_version($1, $2)", [projection.Name, version])], cancellationToken);
                logger.LogInformation("The tables of projection {Name} version {Old} are dropped; version {Version} has replaced it.", projection.Name, version, projection.Version);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogInformation("Projection {Name} version {Old} is still followed by an older program; its tables stay.", projection.Name, version);
            }
        }
    }

    /// <summary>Stays leader and does nothing, until a rebuild or a retry is asked for.</summary>
    async Task PauseAsync(ProjectionPausedException paused, CancellationToken cancellationToken)
    {
        logger.LogError(paused.InnerException, "Projection {Name}: {Reason}", projection.Name, paused.Message);
        await registry.SetErrorAsync(paused.Message, cancellationToken);
        Interlocked.Exchange(ref sequence, (await registry.LoadAsync(cancellationToken)).Position);
        error = paused.Message;
        store.Bell.Ring();
        while (true)
        {
            var rung = store.Bell.Next;
            if ((await registry.LoadAsync(cancellationToken)).Error is null)
                return;
            await LogSignal.WaitAsync(rung, WatchEvery, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        if (running is not null)
            await running;
        stopping.Dispose();
        writing.Dispose();
    }
}
