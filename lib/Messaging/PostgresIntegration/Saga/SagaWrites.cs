using MassTransit;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>What one message changes in the instances of a saga, until it is committed.</summary>
sealed class SagaWrites<TSaga>(SagaTable<TSaga> table, PostgresSagaOptions<TSaga> options, SagaCache<TSaga> cache) where TSaga : class, ISaga
{
    readonly List<Pending> writes = [];

    /// <param name="version">As it was read; 0 for a new instance.</param>
    public void Write(TSaga instance, int version)
    {
        if (instance is ISagaVersion versioned)
            versioned.Version = version + 1;
        writes.Add(new(instance.CorrelationId, version, options.StateOf(instance), options.Serialize(instance)));
    }

    public void Delete(Guid correlationId, int version) => writes.Add(new(correlationId, version, null, null));

    /// <summary>Queues everything in the session, which commits it together with the events and the inbox row.</summary>
    public async Task<bool> CommitAsync(IDocumentSession session, Delivery delivery, MessagingDatabase database, CancellationToken cancellationToken)
    {
        // nearly always one instance: then one call writes inbox row and state
        if (writes is [{ Json: not null } only])
        {
            table.Handled(session, delivery, only.CorrelationId, only.Version, only.State, only.Json);
            return await Delivery.SaveAsync(session, cancellationToken);
        }

        foreach (var write in writes)
            if (write.Json is null)
                table.Delete(session, write.CorrelationId, write.Version);
            else if (write.Version == 0)
                table.Insert(session, write.CorrelationId, write.State, write.Json);
            else
                table.Update(session, write.CorrelationId, write.Version, write.State, write.Json);
        return await delivery.CommitAsync(session, database, cancellationToken);
    }

    /// <summary>Whether what is written here is in the database.</summary>
    public bool Committed { get; private set; }

    public void RememberCommitted()
    {
        Committed = true;
        foreach (var write in writes)
            if (write.Json is null)
                cache.Evict(write.CorrelationId);
            else
                cache.Remember(write.CorrelationId, write.Json, write.Version + 1);
    }

    sealed record Pending(Guid CorrelationId, int Version, string? State, string? Json);
}
