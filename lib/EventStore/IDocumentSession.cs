using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>Reads documents and events. Not safe for use by several threads at once.</summary>
public interface IQuerySession : IAsyncDisposable
{
    string TenantId { get; }
    IDocumentStore DocumentStore { get; }
    IQueryEventStore Events { get; }
    Task<T?> LoadAsync<T>(Guid id, CancellationToken cancellationToken = default) where T : class;
    Task<T?> LoadAsync<T>(string id, CancellationToken cancellationToken = default) where T : class;
    /// <summary>Documents of this tenant by SQL on their jsonb column: <c>"where data->>'Status' = $1 order by data->>'RequestedAt'"</c>; parameters are $1, $2, ….</summary>
    Task<IReadOnlyList<T>> QueryAsync<T>(string sql, CancellationToken cancellationToken = default, params object[] parameters) where T : class;
}

/// <summary>
/// A unit of work: appended events, stored documents and queued operations are written by
/// <see cref="SaveChangesAsync"/> in one transaction and one round trip.
/// </summary>
public interface IDocumentSession : IQuerySession
{
    new IEventStoreOperations Events { get; }
    /// <summary>Metadata for events appended from now on.</summary>
    SessionOptions Metadata { get; set; }
    void Store<T>(params T[] documents) where T : class;
    void Delete<T>(Guid id) where T : class;
    void Delete<T>(string id) where T : class;
    /// <summary>SQL to run in the transaction of <see cref="SaveChangesAsync"/>, in the order of queueing; parameters are $1, $2, ….</summary>
    void QueueSqlCommand(string sql, params object?[] parameters);
    /// <summary>An operation to run in the transaction of <see cref="SaveChangesAsync"/>; its post-processing may throw and so undo everything.</summary>
    void QueueOperation(ISessionOperation operation);
    /// <summary>Runs operations at once, in the session's transaction (begun here if none is open), in one round trip.</summary>
    Task ExecuteAsync(IReadOnlyList<ISessionOperation> operations, CancellationToken cancellationToken = default);
    /// <summary>Writes everything and commits. A session can be used again afterwards.</summary>
    /// <exception cref="ConcurrencyException">A stream was not at its expected version; nothing was written.</exception>
    Task SaveChangesAsync(CancellationToken cancellationToken = default);
    /// <summary>Something is waiting for <see cref="SaveChangesAsync"/>, or a transaction is open.</summary>
    bool HasPendingChanges { get; }
    /// <summary>Called after a successful commit, for example to wake a follower.</summary>
    void OnCommitted(Action callback);
}

/// <summary>One or more SQL commands and what is done with their results.</summary>
public interface ISessionOperation
{
    void Configure(NpgsqlBatch batch);
    /// <summary>The reader stands before the first row of the first result of this operation, and must be left after its last result.</summary>
    Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken);
}
