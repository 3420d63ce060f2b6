namespace OptiInfra.EventStore;

/// <summary>When a projection runs.</summary>
public enum ProjectionLifecycle
{
    /// <summary>In the transaction of the append.</summary>
    Inline,
    /// <summary>In the daemon, behind the append.</summary>
    Async,
}

/// <summary>A view built from events. Name and version identify its progress.</summary>
public interface IProjection
{
    string Name { get; }
    /// <summary>Raise it when the view changes: the view is then built anew.</summary>
    int Version { get; }
    /// <summary>The document types that it writes, emptied before a rebuild.</summary>
    IReadOnlyList<Type> DocumentTypes { get; }
    /// <summary>Applies events, in log order, to <paramref name="operations"/>, which the caller saves.</summary>
    Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken);
}

/// <summary>
/// One document per key from the events of one or many streams. Derive, name the key of each event type with
/// <c>Identity&lt;TEvent&gt;(…)</c>, and write <c>Create(E)</c> / <c>Apply(E, TDoc)</c> methods (event or <see cref="IEvent{T}"/>
/// as parameter), each returning the next document.
/// </summary>
public abstract partial class MultiStreamProjection<TDoc, TId> : IProjection where TDoc : class where TId : notnull
{
    public virtual string Name => typeof(TDoc).Name;
    public virtual int Version => 1;
    public IReadOnlyList<Type> DocumentTypes => [typeof(TDoc)];
    public abstract Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken);
}

/// <summary>One document per stream, keyed by the stream's id.</summary>
public abstract partial class SingleStreamProjection<TDoc> : IProjection where TDoc : class
{
    public virtual string Name => typeof(TDoc).Name;
    public virtual int Version => 1;
    public IReadOnlyList<Type> DocumentTypes => [typeof(TDoc)];
    public abstract Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken);
}

/// <summary>Runs asynchronous projections and subscriptions, one leader per shard.</summary>
public interface IProjectionDaemon : IAsyncDisposable
{
    Task StartAllAsync(CancellationToken cancellationToken = default);
    Task StopAllAsync(CancellationToken cancellationToken = default);
    /// <summary>Empties a projection's documents and builds them from the whole log.</summary>
    Task RebuildProjectionAsync(string name, IProgress<RebuildProgress>? progress = null, CancellationToken cancellationToken = default);
    /// <summary>Waits until every shard has reached the mark of the moment of the call.</summary>
    /// <exception cref="TimeoutException">It took longer than <paramref name="timeout"/>.</exception>
    Task WaitForNonStaleProjectionDataAsync(TimeSpan timeout, CancellationToken cancellationToken = default);
    IReadOnlyList<ShardState> CurrentShards();
}

public sealed record RebuildProgress(string Name, long Sequence, long Ceiling);

/// <summary>Where a shard stands; <paramref name="Error"/> says why it is paused, if it is.</summary>
public sealed record ShardState(string Name, long Sequence, long HighWaterMark, bool IsLeader, string? Error);
