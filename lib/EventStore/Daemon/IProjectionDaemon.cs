namespace OptiInfra.EventStore;

/// <summary>Runs asynchronous projections, one leader per shard (name and version) among all processes.</summary>
public interface IProjectionDaemon : IAsyncDisposable
{
    Task StartAllAsync(CancellationToken cancellationToken = default);
    Task StopAllAsync(CancellationToken cancellationToken = default);
    /// <summary>
    /// Empties a projection's documents and builds them from the whole log. For an asynchronous one appends go on, and
    /// whichever process leads the shard does the work; for an inline one appends wait until it is done.
    /// </summary>
    /// <exception cref="ArgumentException">There is no projection of this name.</exception>
    /// <exception cref="InvalidOperationException">The projection paused at an event; the message says which and why.</exception>
    Task RebuildProjectionAsync(string name, IProgress<RebuildProgress>? progress = null, CancellationToken cancellationToken = default);
    /// <summary>Waits until every shard, in whichever process it runs, has reached the mark of the moment of the call.</summary>
    /// <exception cref="TimeoutException">It took longer than <paramref name="timeout"/>.</exception>
    Task WaitForNonStaleProjectionDataAsync(TimeSpan timeout, CancellationToken cancellationToken = default);
    IReadOnlyList<ShardState> CurrentShards();
}

public sealed record RebuildProgress(string Name, long Sequence, long Ceiling);

/// <summary>Where a shard stands; <paramref name="Error"/> says why it is paused, if it is.</summary>
public sealed record ShardState(string Name, long Sequence, long HighWaterMark, bool IsLeader, string? Error);
