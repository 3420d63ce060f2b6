namespace OptiInfra.EventStore;

/// <summary>Runs projections, one leader per projection and version among all processes.</summary>
public interface IProjectionDaemon : IAsyncDisposable
{
    Task StartAllAsync(CancellationToken cancellationToken = default);
    Task StopAllAsync(CancellationToken cancellationToken = default);
    /// <summary>
    /// Builds a projection from the whole log into tables beside the present ones and switches to them in one transaction.
    /// Appends go on and readers read the present ones meanwhile; for an inline projection appends wait for the switch
    /// itself. Whichever process leads the projection does the work, this one where there is none; it goes on where it was
    /// when the leader dies. A rebuild that is going on already is waited for.
    /// </summary>
    /// <exception cref="ArgumentException">There is no projection of this name.</exception>
    /// <exception cref="InvalidOperationException">The projection paused at an event; the message says which and why.</exception>
    Task RebuildProjectionAsync(string name, IProgress<RebuildProgress>? progress = null, CancellationToken cancellationToken = default);
    /// <summary>
    /// Tries streams again that were set aside, and lets a paused projection go on. By the id of one, or all of a projection.
    /// </summary>
    /// <returns>Those of them that are set aside still.</returns>
    /// <exception cref="ArgumentException">There is no such projection, or nothing of this id.</exception>
    Task<IReadOnlyList<SkippedEvent>> RetrySkippedAsync(string idOrName, CancellationToken cancellationToken = default);
    /// <summary>Waits until every projection, in whichever process it runs, is built and has reached the mark of the moment of the call.</summary>
    /// <exception cref="TimeoutException">It took longer than <paramref name="timeout"/>.</exception>
    Task WaitForNonStaleProjectionDataAsync(TimeSpan timeout, CancellationToken cancellationToken = default);
    /// <summary>As this process sees its own; for all of them see <see cref="IDocumentStore.AllProjectionProgressAsync"/>.</summary>
    IReadOnlyList<ShardState> CurrentShards();
}

/// <summary>How far a rebuild has come, in positions of the log.</summary>
/// <param name="EventsPerSecond">Since its leader began; 0 while that is not known.</param>
public sealed record RebuildProgress(string Name, long Sequence, long Ceiling, double EventsPerSecond)
{
    /// <summary>At this rate; null while it is not known. Positions are a little more than events, so it is an upper estimate.</summary>
    public TimeSpan? Remaining => EventsPerSecond > 0 ? TimeSpan.FromSeconds(Math.Max(0, Ceiling - Sequence) / EventsPerSecond) : null;
}

/// <summary>Where a shard stands; <paramref name="Error"/> says why it is paused, if it is.</summary>
public sealed record ShardState(string Name, long Sequence, long HighWaterMark, bool IsLeader, string? Error);

/// <summary>A version of a projection as the database knows it, whatever process runs it.</summary>
/// <param name="IsOwn">It is the version of this program.</param>
/// <param name="Position">Up to where its tables hold the log; for an inline one <paramref name="HighWaterMark"/>. Follows within a second where what came changes nothing in them.</param>
/// <param name="IsLed">A process leads it now.</param>
/// <param name="Rebuild">Null when none is asked for or going on.</param>
/// <param name="Skipped">Streams that are set aside.</param>
/// <param name="Error">Why it is paused, if it is.</param>
public sealed record ProjectionStatus(
    string Name, int Version, bool IsOwn, ProjectionLifecycle Lifecycle, ProjectionState State, long Position, long HighWaterMark, bool IsLed,
    RebuildProgress? Rebuild, long Skipped, string? Error)
{
    /// <summary>Positions that it is behind.</summary>
    public long Lag => Math.Max(0, HighWaterMark - Position);
}

public enum ProjectionState
{
    /// <summary>Nobody reads it yet.</summary>
    Building,
    Ready,
    /// <summary>An inline one that another version has replaced.</summary>
    Retired,
}
