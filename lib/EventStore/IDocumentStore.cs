using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>One event store in one PostgreSQL schema.</summary>
public interface IDocumentStore : IAsyncDisposable
{
    StoreOptions Options { get; }
    /// <summary>
    /// The store's connections, as the application's role, for reads and housekeeping that need no unit of work. They are
    /// not reset between their users: leave no setting, temporary table or session lock behind.
    /// </summary>
    NpgsqlDataSource DataSource { get; }
    /// <summary>The whole log, in order and without gaps that could still be filled.</summary>
    IEventLog Log { get; }
    /// <summary>Named positions in the log (projections, relay).</summary>
    IEventProgression Progression { get; }
    IQuerySession QuerySession(string? tenantId = null);
    IDocumentSession LightweightSession(SessionOptions? options = null);
    /// <summary>
    /// Creates or upgrades the schema as the owner, under a lock, and grants the application role what it may do. Waits
    /// while PostgreSQL is away.
    /// </summary>
    /// <exception cref="SchemaVersionException">The database was written by a newer program.</exception>
    Task ApplyAllConfiguredChangesToDatabaseAsync(CancellationToken cancellationToken = default);
    /// <summary>Waits for PostgreSQL to come up, telling what is waited for whenever the reason changes.</summary>
    /// <exception cref="Npgsql.PostgresException">It is up and refuses, for example for a wrong password.</exception>
    Task WaitUntilReadyAsync(Action<string> report, CancellationToken cancellationToken = default);
    /// <summary>The daemon that runs asynchronous projections and subscriptions; the caller starts and stops it.</summary>
    IProjectionDaemon BuildProjectionDaemon();
    /// <summary>Every version of every projection that the database knows, by name and version.</summary>
    Task<IReadOnlyList<ProjectionStatus>> AllProjectionProgressAsync(CancellationToken cancellationToken = default);
    /// <summary>What projections have set aside, by projection and position; of one projection where it is named.</summary>
    Task<IReadOnlyList<SkippedEvent>> SkippedEventsAsync(string? projection = null, CancellationToken cancellationToken = default);
    /// <summary>Recomputes the hash chain of every stream; reads the whole store, in constant memory, and locks nothing.</summary>
    Task<VerificationReport> VerifyAsync(IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default);
    /// <summary>Likewise, and every checkpoint must be signed with a trusted key.</summary>
    Task<VerificationReport> VerifyAsync(CheckpointTrust trust, IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default);
    /// <summary>The same for one stream.</summary>
    Task<VerificationReport> VerifyStreamAsync(Guid streamId, CancellationToken cancellationToken = default);
    /// <inheritdoc cref="VerifyStreamAsync(Guid, CancellationToken)"/>
    Task<VerificationReport> VerifyStreamAsync(Guid streamId, CheckpointTrust trust, CancellationToken cancellationToken = default);
    /// <summary>Signs the heads of all streams at the in-flight floor and appends the statement to the stream of checkpoints.</summary>
    /// <param name="actor">Who takes it.</param>
    /// <returns>Null where nothing has happened since the last one.</returns>
    /// <exception cref="ConcurrencyException">Somebody else takes one at this moment.</exception>
    Task<Checkpoint?> TakeCheckpointAsync(CheckpointKey key, string actor, CancellationToken cancellationToken = default);
    /// <summary>Null where none was taken.</summary>
    Task<Checkpoint?> NewestCheckpointAsync(CancellationToken cancellationToken = default);
    /// <summary>Writes the log up to the in-flight floor as JSON lines, each event's data as the very text that is stored.</summary>
    /// <param name="streamId">Only this stream; all when null.</param>
    /// <param name="withDocuments">With the documents that are carried with events; without them the file is of the format's first version.</param>
    Task<TransferReport> ExportAsync(Stream destination, Guid? streamId = null, bool withDocuments = true, CancellationToken cancellationToken = default);
    /// <summary>
    /// Reads what <see cref="ExportAsync"/> wrote into this store, as the owner and in one transaction, with ids, sequences,
    /// versions, times and hashes as they were; every hash is recomputed first. Holds one hash per stream.
    /// </summary>
    /// <exception cref="ImportException">A line is wrong, or the store is not empty; nothing was imported.</exception>
    Task<TransferReport> ImportAsync(Stream source, CancellationToken cancellationToken = default);
    /// <summary>Waits until this process is the leader of <paramref name="name"/> (a session-level advisory lock).</summary>
    Task<ILeadership> AcquireLeadershipAsync(string name, CancellationToken cancellationToken = default);
}

/// <summary>Held leadership. Dispose to hand over.</summary>
public interface ILeadership : IAsyncDisposable
{
    /// <summary>Cancelled when the connection that holds the lock is lost: somebody else may lead now.</summary>
    CancellationToken Lost { get; }
}

/// <summary>What every event of a session carries.</summary>
public sealed record SessionOptions
{
    public const string DefaultTenant = "default";
    public string TenantId { get; init; } = DefaultTenant;
    public string? Actor { get; init; }
    public Guid? CorrelationId { get; init; }
    public Guid? CausationId { get; init; }
    /// <summary>W3C trace context; the current activity's when null.</summary>
    public string? TraceParent { get; init; }
}
