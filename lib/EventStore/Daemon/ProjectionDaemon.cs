using System.Globalization;

namespace OptiInfra.EventStore;

sealed class ProjectionDaemon(DocumentStore store) : IProjectionDaemon
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    static readonly TimeSpan ProgressEvery = TimeSpan.FromMilliseconds(100);
    readonly Lock gate = new();
    Dictionary<string, ProjectionShard> shards = new(StringComparer.Ordinal);

    public Task StartAllAsync(CancellationToken cancellationToken = default)
    {
        lock (gate)
            foreach (var (projection, lifecycle) in store.Options.Projections.All)
                if (!shards.ContainsKey(projection.Name))
                {
                    var shard = new ProjectionShard(store, projection, lifecycle);
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
        using var bound = new CancellationTokenSource(timeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
        var (behind, mark) = ("the log cannot be read", 0L);
        try
        {
            // not the high-water mark: an appender that still holds it down would let committed events behind it go unawaited
            mark = await PersistAsync(store.EventLog.LastSequenceAsync, either.Token);
            foreach (var (projection, lifecycle) in store.Options.Projections.All)
                while (true)
                {
                    var row = await PersistAsync(new ProjectionRegistry(store, projection).LoadAsync, either.Token);
                    var position = Math.Max(row.Position, LedUpTo(projection));
                    if (row.IsReady && (lifecycle == ProjectionLifecycle.Inline || position >= mark))
                        break;
                    behind = row.IsReady ? $"{projection.Name} is at {position}" : $"{projection.Name} is built up to {row.RebuildPosition ?? 0}";
                    await Task.Delay(Poll, TimeProvider.System, either.Token);
                }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            var errors = string.Concat(CurrentShards().Where(s => s.Error is not null).Select(s => $" {s.Name}: {s.Error}"));
            throw new TimeoutException($"After {timeout} {behind}, short of {mark}.{errors}", e);
        }
    }

    /// <summary>The shard of this process may be ahead of its position in the database; 0 where another process leads.</summary>
    long LedUpTo(IProjection projection)
    {
        lock (gate)
            return shards.TryGetValue(projection.Name, out var shard) && shard.State is { IsLeader: true } state ? state.Sequence : 0;
    }

    /// <summary>Tries again while the server is away.</summary>
    static async Task<T> PersistAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await read(cancellationToken);
            }
            catch (Exception e) when (PostgresErrors.IsConnectionLoss(e))
            {
                await Task.Delay(Poll, TimeProvider.System, cancellationToken);
            }
        }
    }

    public async Task RebuildProjectionAsync(string name, IProgress<RebuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var (projection, lifecycle) = Find(name);
        var registry = new ProjectionRegistry(store, projection);
        var replaced = await PersistAsync(registry.RequestRebuildAsync, cancellationToken);
        await using var own = Lead(projection, lifecycle);
        while (true)
        {
            var rung = store.Bell.Next;
            var row = await PersistAsync(registry.LoadAsync, cancellationToken);
            if (row.Generation > replaced)
                break;
            if (row.Error is not null)
                throw new InvalidOperationException($"The rebuild of {name} stopped. {row.Error}");
            if (progress is not null && await PersistAsync(token => ProgressAsync(projection, token), cancellationToken) is { } told)
                progress.Report(told);
            await LogSignal.WaitAsync(rung, ProgressEvery, cancellationToken);
        }
        var end = await PersistAsync(store.Log.HighWaterMarkAsync, cancellationToken);
        progress?.Report(new RebuildProgress(name, end, end, 0));
    }

    public async Task<IReadOnlyList<SkippedEvent>> RetrySkippedAsync(string idOrName, CancellationToken cancellationToken = default)
    {
        var all = await store.SkippedEventsAsync(cancellationToken: cancellationToken);
        var byId = long.TryParse(idOrName, NumberStyles.None, CultureInfo.InvariantCulture, out var id);
        var asked = byId ? all.Where(s => s.Id == id).ToList() : [.. all.Where(s => s.Projection == Find(idOrName).Projection.Name)];
        if (byId && asked.Count == 0)
            throw new ArgumentException($"Nothing that is set aside has the id {id}.", nameof(idOrName));
        var (projection, lifecycle) = Find(byId ? asked[0].Projection : idOrName);
        var ids = asked.Where(s => s.Version == projection.Version && !s.Rebuilding).Select(s => s.Id).ToArray();
        var registry = new ProjectionRegistry(store, projection);
        await registry.ExecuteAsync(
            [
                new SqlOperation($"update {registry.Schema}.projection_skipped set retry = true where id = any($1)", [ids]),
                new SqlOperation($"update {registry.Schema}.projections set error = null, skips_in_a_row = 0 where name = $1 and version = $2", [projection.Name, projection.Version]),
            ],
            cancellationToken);
        store.Bell.Ring();
        await using var own = Lead(projection, lifecycle);
        while ((await registry.LoadAsync(cancellationToken)).RetryAsked)
            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        return [.. (await store.SkippedEventsAsync(projection.Name, cancellationToken)).Where(s => ids.Contains(s.Id))];
    }

    (IProjection Projection, ProjectionLifecycle Lifecycle) Find(string name)
    {
        var found = store.Options.Projections.All.FirstOrDefault(p => p.Projection.Name == name);
        return found.Projection is not null
            ? found
            : throw new ArgumentException($"There is no projection '{name}'; there are: {string.Join(", ", store.Options.Projections.All.Select(p => p.Projection.Name))}.", nameof(name));
    }

    /// <summary>A shard of this call's own, for the case that no process leads the projection; null where one runs here.</summary>
    ProjectionShard? Lead(IProjection projection, ProjectionLifecycle lifecycle)
    {
        lock (gate)
            if (shards.ContainsKey(projection.Name))
                return null;
        var own = new ProjectionShard(store, projection, lifecycle);
        own.Start();
        return own;
    }

    async Task<RebuildProgress?> ProgressAsync(IProjection projection, CancellationToken cancellationToken)
        => (await new ProjectionStatusQuery(store).RunAsync(cancellationToken)).FirstOrDefault(s => s.Name == projection.Name && s.Version == projection.Version)?.Rebuild;

    public async ValueTask DisposeAsync() => await StopAllAsync();
}
