namespace OptiInfra.EventStore;

/// <summary>Reading streams.</summary>
public interface IQueryEventStore
{
    /// <summary>The events of a stream in version order, up to a version or a time where given; empty when there is no such stream.</summary>
    Task<IReadOnlyList<IEvent>> FetchStreamAsync(Guid streamId, long version = 0, DateTimeOffset? timestamp = null, long fromVersion = 0, CancellationToken cancellationToken = default);
    Task<StreamState?> FetchStreamStateAsync(Guid streamId, CancellationToken cancellationToken = default);
    /// <summary>The tenant's streams that were started for an aggregate, oldest first.</summary>
    Task<IReadOnlyList<Guid>> StreamIdsAsync<TAggregate>(CancellationToken cancellationToken = default) where TAggregate : class;
    /// <summary>The aggregate folded from its events, as it was at a version or a time where given; null when there is no such stream.</summary>
    Task<T?> AggregateStreamAsync<T>(Guid streamId, long version = 0, DateTimeOffset? timestamp = null, CancellationToken cancellationToken = default) where T : class;
}

/// <summary>Appending to streams. Nothing is written before the session's SaveChangesAsync.</summary>
public interface IEventStoreOperations : IQueryEventStore
{
    /// <summary>Starts a stream that must not exist yet.</summary>
    void StartStream<TAggregate>(Guid streamId, params IReadOnlyList<object> events) where TAggregate : class;
    /// <summary>Appends whatever the stream's version is.</summary>
    void Append(Guid streamId, params IReadOnlyList<object> events);
    /// <summary>Appends if the stream stands at <paramref name="expectedVersion"/> before these events (Marten counts after them).</summary>
    void AppendAt(Guid streamId, long expectedVersion, params IReadOnlyList<object> events);
    /// <summary>
    /// The aggregate with its version, guarded from this read to the save. A second call in the same session gives
    /// the same stream, with the events that are waiting to be saved already applied.
    /// </summary>
    Task<IEventStream<T>> FetchForWriting<T>(Guid streamId, CancellationToken cancellationToken = default) where T : class;
    /// <summary>Likewise, and the stream must stand at the version that the caller saw.</summary>
    /// <exception cref="ConcurrencyException">It does not.</exception>
    Task<IEventStream<T>> FetchForWriting<T>(Guid streamId, long expectedVersion, CancellationToken cancellationToken = default) where T : class;
    /// <summary>
    /// Moves a finished stream's events to the archive with the save. They are read, verified and projected as before; an
    /// append is refused with a <see cref="StreamArchivedException"/>. Nothing happens to a stream that is archived or absent.
    /// </summary>
    void ArchiveStream(Guid streamId);
    /// <summary>Moves them back with the save; the stream can be appended to again.</summary>
    void UnArchiveStream(Guid streamId);
}

/// <summary>A stream fetched for writing. Append events; never mutate the aggregate.</summary>
public interface IEventStream<out T> where T : class
{
    Guid Id { get; }
    /// <summary>Null when the stream does not exist. Includes events appended here and not saved yet.</summary>
    T? Aggregate { get; }
    /// <summary>Version when fetched; 0 when the stream does not exist.</summary>
    long StartingVersion { get; }
    long CurrentVersion { get; }
    void AppendOne(object @event);
    void AppendMany(params IReadOnlyList<object> events);
}

/// <summary>Head of a stream.</summary>
public sealed record StreamState(Guid Id, string TenantId, string? AggregateType, long Version, DateTimeOffset Created, DateTimeOffset LastTimestamp, ReadOnlyMemory<byte> HeadHash, bool IsArchived);
