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
    /// <summary>
    /// Documents of this tenant by SQL on their jsonb column, whose property names are the serializer's:
    /// <c>"where data->>'status' = $1 order by data->>'requestedAt'"</c>; parameters are $1, $2, ….
    /// </summary>
    Task<IReadOnlyList<T>> QueryAsync<T>(string sql, CancellationToken cancellationToken = default, params object[] parameters) where T : class;
    /// <summary>
    /// One JSON value for each row of a select over <c>documents</c>, which are the documents of this tenant with the
    /// columns id and data: <c>"select to_jsonb(count(*)) from documents where data->>'status' = $1"</c>.
    /// </summary>
    Task<IReadOnlyList<TResult>> SelectAsync<TDocument, TResult>(string sql, CancellationToken cancellationToken = default, params object[] parameters) where TDocument : class;
    /// <summary>
    /// A projection's own table for use in SQL, quoted and with its schema. For the projection itself it is the one that
    /// it is to write, which in a rebuild lies beside the one that others read.
    /// </summary>
    string TableOf(string projectionTable);
}

/// <summary>
/// A unit of work: appended events, stored documents and queued operations are written by
/// <see cref="SaveChangesAsync"/> in one transaction and one round trip. All events of one unit of work carry one time.
/// After an exception of ExecuteAsync or SaveChangesAsync everything that it held is gone: dispose it and begin anew.
/// </summary>
public interface IDocumentSession : IQuerySession
{
    new IEventStoreOperations Events { get; }
    /// <summary>Metadata for events appended from now on. Its tenant must stay the session's.</summary>
    SessionOptions Metadata { get; set; }
    void Store<T>(params T[] documents) where T : class;
    /// <summary>Stores documents that must not exist yet: <see cref="SaveChangesAsync"/> throws a <see cref="ConcurrencyException"/> when one does.</summary>
    void Insert<T>(params T[] documents) where T : class;
    void Delete<T>(Guid id) where T : class;
    void Delete<T>(string id) where T : class;
    /// <summary>
    /// SQL to run in the transaction of <see cref="SaveChangesAsync"/>, in the order of queueing; parameters are $1, $2, ….
    /// Saves of other sessions may share that transaction: it must not be ended, nor its settings changed.
    /// </summary>
    void QueueSqlCommand(string sql, params object?[] parameters);
    /// <summary>An operation to run in the transaction of <see cref="SaveChangesAsync"/>; its post-processing may throw and so undo everything.</summary>
    void QueueOperation(ISessionOperation operation);
    /// <summary>Runs operations at once, in the session's transaction (begun here if none is open), in one round trip.</summary>
    Task ExecuteAsync(IReadOnlyList<ISessionOperation> operations, CancellationToken cancellationToken = default);
    /// <summary>Writes everything and commits: what was queued, in order, then the events. A session can be used again afterwards.</summary>
    /// <exception cref="ConcurrencyException">A stream was not at its expected version; nothing was written.</exception>
    Task SaveChangesAsync(CancellationToken cancellationToken = default);
    /// <summary>Something is waiting for <see cref="SaveChangesAsync"/>, or a transaction is open.</summary>
    bool HasPendingChanges { get; }
    /// <summary>Called after a successful commit, for example to wake a follower.</summary>
    void OnCommitted(Action callback);
    /// <summary>The same unit of work for the documents and streams of another tenant; saved with this session.</summary>
    IDocumentSession ForTenant(string tenantId);
}

/// <summary>One or more SQL commands and what is done with their results.</summary>
public interface ISessionOperation
{
    void Configure(NpgsqlBatch batch);
    /// <summary>The reader stands before the first row of the first result of this operation, and must be left after its last result.</summary>
    Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken);
    /// <summary>
    /// True when a failure is raised by the SQL itself (see the function <c>expect_rows</c> of the schema) and never by
    /// <see cref="PostprocessAsync"/>: the commit then travels in the same round trip.
    /// </summary>
    bool FailsInSql => false;
}

/// <summary>An operation of which several can be executed as one, where the saves of their sessions go together.</summary>
public interface ICombinableOperation : ISessionOperation
{
    /// <summary>Operations of equal kinds can be combined.</summary>
    object Kind { get; }
    /// <summary>What has the effect of all of them, or fails and has none. It is executed before what else their sessions queued.</summary>
    ISessionOperation Combine(IReadOnlyList<ICombinableOperation> operations);
}
