namespace OptiInfra.EventStore;

/// <summary>
/// What a rebuild has written so far, so that it does not read it back. Only for the one writer of tables that nobody
/// else changes; to be emptied when a transaction fails.
/// </summary>
/// <param name="isComplete">The tables were empty when it began.</param>
sealed class DocumentCache(bool isComplete)
{
    const int MostDocuments = 100_000;
    readonly Dictionary<(Type Type, string Tenant, string Id), object?> documents = [];
    readonly Dictionary<(Type Type, string Tenant, string Id), DocumentMapping> changed = [];

    /// <summary>What is not here does not exist.</summary>
    public bool IsComplete { get; private set; } = isComplete;

    public bool TryGet(Type type, (string Tenant, string Id) key, out object? document) => documents.TryGetValue((type, key.Tenant, key.Id), out document);

    public void Set(Type type, (string Tenant, string Id) key, object? document) => documents[(type, key.Tenant, key.Id)] = document;

    /// <summary>Changes are kept here rather than queued, for <see cref="WriteTo"/>.</summary>
    public bool Gathers { get; set; }

    /// <summary>How many documents are here otherwise than in the tables.</summary>
    public int Changed => changed.Count;

    /// <summary>To be written as it will then be here.</summary>
    public void Change(DocumentMapping mapping, (string Tenant, string Id) key) => changed[(mapping.Type, key.Tenant, key.Id)] = mapping;

    /// <summary>Queues every change since the last time that it was settled.</summary>
    public void WriteTo(DocumentSession session)
    {
        foreach (var (key, mapping) in changed)
            if (documents[key] is { } document)
                session.StoreAs(mapping, key.Tenant, key.Id, document);
            else
                session.DeleteAs(mapping, key.Tenant, key.Id);
    }

    /// <summary>What was changed is written.</summary>
    public void Settle() => changed.Clear();

    /// <summary>Only between pages: within one, what was found here must stay.</summary>
    public void Trim()
    {
        if (documents.Count >= MostDocuments && changed.Count == 0)
            Clear();
    }

    public void Clear()
    {
        documents.Clear();
        changed.Clear();
        IsComplete = false;
    }
}
