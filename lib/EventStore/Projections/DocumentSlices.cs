namespace OptiInfra.EventStore;

/// <summary>The events of a page by the document that they belong to: loaded in one query, stored in one command.</summary>
sealed class DocumentSlices<TDoc>(ConventionFold<TDoc> fold) where TDoc : class
{
    readonly Dictionary<(string Tenant, string Id), List<IEvent>> slices = [];

    public void Add(IEvent @event, string id)
    {
        var key = (@event.TenantId, id);
        if (!slices.TryGetValue(key, out var slice))
            slices.Add(key, slice = []);
        // two keys of one event may be the same
        if (slice.Count == 0 || !ReferenceEquals(slice[^1], @event))
            slice.Add(@event);
    }

    public async Task ApplyAsync(IDocumentSession operations, CancellationToken cancellationToken)
    {
        if (slices.Count == 0)
            return;
        if (operations is not DocumentSession session)
            throw new ArgumentException("A projection needs a session of this store.", nameof(operations));
        var mapping = session.UnitOfWork.Store.Options.Schema.Of(typeof(TDoc));
        var loaded = await LoadDocuments<TDoc>.RunAsync(session.UnitOfWork, mapping, slices.Keys, cancellationToken);
        foreach (var (key, events) in slices)
        {
            var before = loaded.GetValueOrDefault(key);
            var document = before;
            foreach (var @event in events)
                document = fold.Evolve(document, @event);
            if (document is not null && !ReferenceEquals(document, before))
                session.StoreAs(mapping, key.Tenant, key.Id, document);
            else if (document is null && before is not null)
                session.DeleteAs(mapping, key.Tenant, key.Id);
        }
    }
}
