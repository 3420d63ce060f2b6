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
    /// <summary>Recomputes the hash chain of every stream; reads the whole store, in constant memory, and locks nothing.</summary>
    Task<VerificationReport> VerifyAsync(IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default);
    /// <summary>The same for one stream.</summary>
    Task<VerificationReport> VerifyStreamAsync(Guid streamId, CancellationToken cancellationToken = default);
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
