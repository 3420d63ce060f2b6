using System.Diagnostics;

namespace OptiInfra.EventStore;

/// <param name="ownsUnit">False for a session that another one saves.</param>
sealed class DocumentSession(UnitOfWork unit, SessionOptions metadata, bool ownsUnit = true) : QuerySession(unit, metadata.TenantId), IDocumentSession
{
    SessionOptions metadata = metadata;

    public new IEventStoreOperations Events => field ??= new StreamOperations(this);

    IQueryEventStore IQuerySession.Events => Events;

    internal UnitOfWork UnitOfWork => Unit;

    public SessionOptions Metadata
    {
        get => metadata;
        set => metadata = value.TenantId == TenantId
            ? value
            : throw new ArgumentException($"The session is of tenant '{TenantId}'; use ForTenant for '{value.TenantId}'.", nameof(value));
    }

    public bool HasPendingChanges => Unit.HasPendingChanges;

    /// <summary>Adds an event with what the session knows of its circumstances.</summary>
    internal void AppendTo(PendingStream stream, object data)
    {
        var @event = Unit.Store.Codec.Wrap(data);
        @event.Timestamp = Unit.Instant;
        @event.Id = EventIds.Next(@event.Timestamp);
        @event.StreamId = stream.Id;
        @event.TenantId = TenantId;
        @event.Actor = metadata.Actor;
        @event.CorrelationId = metadata.CorrelationId;
        @event.CausationId = metadata.CausationId;
        @event.TraceParent = metadata.TraceParent ?? (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null);
        stream.Append(@event);
    }

    public void Store<T>(params T[] documents) where T : class
    {
        var mapping = Unit.Store.Options.Schema.Of(typeof(T));
        foreach (var document in documents)
            StoreAs(mapping, TenantId, mapping.IdOf(document), document);
    }

    public void Insert<T>(params T[] documents) where T : class
    {
        var mapping = Unit.Store.Options.Schema.Of(typeof(T));
        foreach (var document in documents)
            Unit.Queue(new InsertOperation(Unit.Store, mapping, Unit.TableOf(mapping.TableName), TenantId, mapping.IdOf(document), document));
    }

    /// <summary>Stores under a key that the caller knows.</summary>
    internal void StoreAs(DocumentMapping mapping, string tenantId, string id, object document)
    {
        var table = Unit.TableOf(mapping.TableName);
        if (Unit.LastQueued is not StoreOperation last || !last.Takes(mapping, table))
            Unit.Queue(last = new StoreOperation(Unit.Store, mapping, table));
        last.Add(tenantId, id, document);
    }

    public void Delete<T>(Guid id) where T : class => Delete<T>(id.ToString("D"));

    public void Delete<T>(string id) where T : class => DeleteAs(Unit.Store.Options.Schema.Of(typeof(T)), TenantId, id);

    internal void DeleteAs(DocumentMapping mapping, string tenantId, string id)
        => QueueSqlCommand($"delete from {Unit.TableOf(mapping.TableName)} where tenant_id = $1 and id = $2", tenantId, id);

    public void QueueSqlCommand(string sql, params object?[] parameters) => Unit.Queue(new SqlOperation(sql, parameters));

    public void QueueOperation(ISessionOperation operation) => Unit.Queue(operation);

    public Task ExecuteAsync(IReadOnlyList<ISessionOperation> operations, CancellationToken cancellationToken = default)
        => Unit.ExecuteAsync(operations, cancellationToken);

    public Task SaveChangesAsync(CancellationToken cancellationToken = default) => Unit.SaveChangesAsync(cancellationToken);

    public void OnCommitted(Action callback) => Unit.OnCommitted(callback);

    public IDocumentSession ForTenant(string tenantId)
        => tenantId == TenantId ? this : new DocumentSession(Unit, metadata with { TenantId = tenantId }, ownsUnit: false);

    public override ValueTask DisposeAsync() => ownsUnit ? base.DisposeAsync() : ValueTask.CompletedTask;
}
