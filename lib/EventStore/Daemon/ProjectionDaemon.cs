namespace OptiInfra.EventStore;

sealed class ProjectionDaemon(DocumentStore store) : IProjectionDaemon
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    readonly Lock gate = new();
    Dictionary<string, ProjectionShard> shards = new(StringComparer.Ordinal);

    public Task StartAllAsync(CancellationToken cancellationToken = default)
    {
        lock (gate)
            foreach (var projection in store.Options.Projections.Async)
                if (!shards.ContainsKey(projection.Name))
                {
                    var shard = new ProjectionShard(store, projection);
                    shards.Add(projection.Name, shard);
                    shard.Start();
                }
        return Task.CompletedTask;
    }

    public async Task StopAllAsync(CancellationToken cancellationToken = default)
    {
        Dictionary<string, ProjectionShard> stopped;
        lock (gate)
            (stopped, shards) = (shards, new(StringComparer.Ordinal));
        await Task.WhenAll(stopped.Values.Select(s => s.DisposeAsync().AsTask())).WaitAsync(cancellationToken);
    }

    public IReadOnlyList<ShardState> CurrentShards()
    {
        lock (gate)
            return [.. shards.Values.Select(s => s.State)];
    }

    public async Task WaitForNonStaleProjectionDataAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        // not the high-water mark: an appender that still holds it down would let committed events behind it go unawaited
        var mark = await store.EventLog.LastSequenceAsync(cancellationToken);
        using var bound = new CancellationTokenSource(timeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
        var behind = "";
        try
        {
            foreach (var projection in store.Options.Projections.Async)
                while (true)
                {
                    var position = await store.Progression.LoadAsync(ProjectionShard.NameOf(projection), either.Token);
                    if (position >= mark)
                        break;
                    behind = $"{projection.Name} is at {position}";
                    await Task.Delay(Poll, TimeProvider.System, either.Token);
                }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            var errors = string.Concat(CurrentShards().Where(s => s.Error is not null).Select(s => $" {s.Name}: {s.Error}"));
            throw new TimeoutException($"After {timeout} {behind}, short of {mark}.{errors}", e);
        }
    }

    public async Task RebuildProjectionAsync(string name, IProgress<RebuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var (projection, lifecycle) = store.Options.Projections.All.FirstOrDefault(p => p.Projection.Name == name);
        if (projection is null)
            throw new ArgumentException($"There is no projection '{name}'; there are: {string.Join(", ", store.Options.Projections.All.Select(p => p.Projection.Name))}.", nameof(name));
        if (lifecycle == ProjectionLifecycle.Inline)
            await InlineRebuild.RunAsync(store, projection, progress, cancellationToken);
        else
            await RebuildAsync(projection, progress, cancellationToken);
    }

    /// <summary>Sets the position to 0 together with emptying; the leader, wherever it is, finds itself moved and begins anew.</summary>
    async Task RebuildAsync(IProjection projection, IProgress<RebuildProgress>? progress, CancellationToken cancellationToken)
    {
        var progressName = ProjectionShard.NameOf(projection);
        var ceiling = await store.EventLog.LastSequenceAsync(cancellationToken);
        await using (var session = (DocumentSession)store.LightweightSession())
        {
            session.QueueSqlCommand($"update {store.Options.QuotedSchema}.event_progression set last_seq_id = 0 where name = $1", progressName);
            Emptying.Queue(session, projection);
            await session.SaveChangesAsync(cancellationToken);
        }
        store.Signal.Appended();

        ProjectionShard? running;
        lock (gate)
            running = shards.GetValueOrDefault(projection.Name);
        await using var own = running is null ? new ProjectionShard(store, projection) : null;
        own?.Start();
        while (true)
        {
            var position = await store.Progression.LoadAsync(progressName, cancellationToken);
            progress?.Report(new RebuildProgress(projection.Name, position, ceiling));
            if (position >= ceiling)
                return;
            // the error of before the rebuild is gone once the shard has begun anew
            if (position > 0 && (running ?? own)!.Error is { } error && (running ?? own)!.State.Sequence == position)
                throw new InvalidOperationException($"The rebuild of {projection.Name} stopped. {error}");
            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync() => await StopAllAsync();
}
