namespace OptiInfra.EventStore;

/// <summary>The events of a page by the document that they belong to: loaded in one query, stored in one command.</summary>
sealed class DocumentSlices<TDoc, TId>(ConventionFold<TDoc> fold) where TDoc : class where TId : notnull
{
    readonly Dictionary<(string Tenant, TId Id), List<IEvent>> slices = [];

    (string Tenant, TId Id) lastKey;
    List<IEvent>? last;

    public void Add(IEvent @event, TId id)
    {
        var key = (@event.TenantId, id);
        // events of one document often follow each other
        if (last is null || !lastKey.Equals(key))
        {
            if (!slices.TryGetValue(key, out last))
                slices.Add(key, last = []);
            lastKey = key;
        }
        var slice = last;
        // two keys of one event may be the same
        if (slice.Count == 0 || !ReferenceEquals(slice[^1], @event))
            slice.Add(@event);
    }

    /// <exception cref="ProjectionEventException">The projection failed on an event.</exception>
    public async Task ApplyAsync(IDocumentSession operations, CancellationToken cancellationToken)
    {
        if (slices.Count == 0)
            return;
        if (operations is not DocumentSession session)
            throw new ArgumentException("A projection needs a session of this store.", nameof(operations));
        var mapping = session.UnitOfWork.Store.Options.Schema.Of(typeof(TDoc));
        var cache = session.UnitOfWork.Cache;
        cache?.Trim();
        var keyed = slices.Select(s => (Key: (s.Key.Tenant, Id: DocumentMapping.IdText(s.Key.Id, typeof(TDoc))), Events: s.Value)).ToList();
        var loaded = await LoadAsync(session.UnitOfWork, mapping, keyed.ConvertAll(k => k.Key), cache, cancellationToken);
        foreach (var (key, events) in keyed)
        {
            var before = cache is not null && cache.TryGet(typeof(TDoc), key, out var known) ? (TDoc?)known : loaded.GetValueOrDefault(key);
            var document = before;
            foreach (var @event in events)
                document = Evolve(document, @event);
            if (cache is { Gathers: true })
            {
                if (!ReferenceEquals(document, before))
                    cache.Change(mapping, key);
            }
            else if (document is not null && !ReferenceEquals(document, before))
                session.StoreAs(mapping, key.Tenant, key.Id, document);
            else if (document is null && before is not null)
                session.DeleteAs(mapping, key.Tenant, key.Id);
            cache?.Set(typeof(TDoc), key, document);
        }
    }

    TDoc? Evolve(TDoc? document, IEvent @event)
    {
        try
        {
            return fold.Evolve(document, @event);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new ProjectionEventException(@event, e);
        }
    }

    static async Task<IReadOnlyDictionary<(string Tenant, string Id), TDoc>> LoadAsync(UnitOfWork unit, DocumentMapping mapping, List<(string Tenant, string Id)> keys, DocumentCache? cache, CancellationToken cancellationToken)
    {
        List<(string Tenant, string Id)> missing = cache is null ? keys
            : cache.IsComplete ? []
            : [.. keys.Where(key => !cache.TryGet(typeof(TDoc), key, out _))];
        return missing.Count == 0
            ? new Dictionary<(string, string), TDoc>()
            : await LoadDocuments<TDoc>.RunAsync(unit, mapping, missing, cancellationToken);
    }
}

/// <summary>A projection failed on this event.</summary>
sealed class ProjectionEventException(IEvent @event, Exception inner) : Exception(inner.Message, inner)
{
    public IEvent Event => @event;
}
