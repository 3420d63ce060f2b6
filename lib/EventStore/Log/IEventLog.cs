namespace OptiInfra.EventStore;

/// <summary>
/// The whole log in order. A page never ends beyond an event that an unfinished transaction could still put before it
/// (the in-flight floor), so a reader that remembers only <see cref="EventPage.Ceiling"/> misses nothing.
/// </summary>
public interface IEventLog
{
    /// <summary>Events after <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    Task<EventPage> ReadAsync(long after, int limit, CancellationToken cancellationToken = default);
    /// <summary>One event by its id, of whatever tenant; null where there is none.</summary>
    Task<IEvent?> FindAsync(Guid eventId, CancellationToken cancellationToken = default);
    /// <summary>Events of one tenant that fit, up to the in-flight floor; at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<IEvent>> SearchAsync(EventSearch search, int limit, CancellationToken cancellationToken = default);
    /// <summary>The highest sequence that is safe to read up to.</summary>
    Task<long> HighWaterMarkAsync(CancellationToken cancellationToken = default);
    /// <summary>Follows the log for ever: pages as they come, woken by LISTEN/NOTIFY and by polling.</summary>
    IAsyncEnumerable<EventPage> FollowAsync(long after, int limit, CancellationToken cancellationToken = default);
}

/// <summary>A page of the log. <paramref name="Ceiling"/> is where the next page starts, also when no event is in it.</summary>
public sealed record EventPage(IReadOnlyList<IEvent> Events, long Floor, long Ceiling);

/// <summary>Which events of a tenant are asked for; what is null or empty does not narrow.</summary>
public sealed record EventSearch(string TenantId)
{
    public Guid? StreamId { get; init; }
    /// <summary>Stored names, for example <c>phase_completed</c>.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];
    public string? Actor { get; init; }
    /// <summary>Not before this instant.</summary>
    public DateTimeOffset? From { get; init; }
    /// <summary>Before this instant.</summary>
    public DateTimeOffset? To { get; init; }
    public bool NewestFirst { get; init; }
    /// <summary>Only what comes behind this sequence in the order asked for.</summary>
    public long? After { get; init; }
}

/// <summary>Named positions in the log.</summary>
public interface IEventProgression
{
    Task<long> LoadAsync(string name, CancellationToken cancellationToken = default);
    /// <summary>Moves a position from where the caller believes it to be.</summary>
    /// <exception cref="ProgressionOutOfOrderException">It stands elsewhere: somebody else moves it too.</exception>
    Task AdvanceAsync(string name, long from, long to, CancellationToken cancellationToken = default);
    /// <summary>The same, as an operation for a session's transaction.</summary>
    ISessionOperation Advance(string name, long from, long to);
}
