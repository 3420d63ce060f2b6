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

    /// <summary>What is not here does not exist.</summary>
    public bool IsComplete { get; private set; } = isComplete;

    public bool TryGet(Type type, (string Tenant, string Id) key, out object? document) => documents.TryGetValue((type, key.Tenant, key.Id), out document);

    public void Set(Type type, (string Tenant, string Id) key, object? document) => documents[(type, key.Tenant, key.Id)] = document;

    /// <summary>Only between pages: within one, what was found here must stay.</summary>
    public void Trim()
    {
        if (documents.Count >= MostDocuments)
            Clear();
    }

    public void Clear()
    {
        documents.Clear();
        IsComplete = false;
    }
}
