namespace OptiInfra.EventStore;

sealed class StreamOperations(DocumentSession session) : StreamQueries(session.UnitOfWork, session.TenantId), IEventStoreOperations
{
    public void StartStream<TAggregate>(Guid streamId, params IReadOnlyList<object> events) where TAggregate : class
    {
        if (events.Count == 0)
            throw new ArgumentException($"Stream {streamId} cannot be started without an event.", nameof(events));
        var stream = Pending(streamId);
        stream.StartNew();
        stream.AggregateType = NameOf<TAggregate>();
        Append(stream, events);
    }

    public void Append(Guid streamId, params IReadOnlyList<object> events)
    {
        if (events.Count > 0)
            Append(Pending(streamId), events);
    }

    public void AppendAt(Guid streamId, long expectedVersion, params IReadOnlyList<object> events)
    {
        if (events.Count == 0)
            return;
        var stream = Pending(streamId);
        stream.Expect(expectedVersion);
        Append(stream, events);
    }

    public async Task<IEventStream<T>> FetchForWriting<T>(Guid streamId, CancellationToken cancellationToken = default) where T : class
        => await FetchAsync<T>(streamId, cancellationToken);

    public async Task<IEventStream<T>> FetchForWriting<T>(Guid streamId, long expectedVersion, CancellationToken cancellationToken = default) where T : class
    {
        var stream = await FetchAsync<T>(streamId, cancellationToken);
        return stream.StartingVersion == expectedVersion
            ? stream
            : throw new EventStreamUnexpectedMaxEventIdException(streamId, expectedVersion, stream.StartingVersion);
    }

    public void ArchiveStream(Guid streamId)
        => session.QueueSqlCommand($"select {session.UnitOfWork.Store.Options.QuotedSchema}.archive_stream($1, $2, $3)", streamId, session.TenantId, session.UnitOfWork.Store.Options.TimeProvider.GetUtcNow());

    public void UnArchiveStream(Guid streamId)
        => session.QueueSqlCommand($"select {session.UnitOfWork.Store.Options.QuotedSchema}.unarchive_stream($1, $2)", streamId, session.TenantId);

    async Task<EventStream<T>> FetchAsync<T>(Guid streamId, CancellationToken cancellationToken) where T : class
    {
        var pending = session.UnitOfWork.FindStream(streamId);
        if (pending?.Fetched is EventStream<T> known)
            return known;
        // fetched before as another type: the same guard, so the same history
        var upTo = pending?.Expected;
        var (aggregate, version) = upTo == 0 ? (null, 0) : await FoldAsync<T>(streamId, upTo ?? 0, timestamp: null, forWriting: true, cancellationToken);
        pending ??= Pending(streamId);
        if (upTo is { } guarded && guarded != version)
            throw new EventStreamUnexpectedMaxEventIdException(streamId, guarded, version);
        pending.Expect(version + pending.Events.Count);
        if (version == 0)
            pending.AggregateType ??= NameOf<T>();
        var stream = new EventStream<T>(session, pending, aggregate, version);
        pending.Fetched = stream;
        return stream;
    }

    PendingStream Pending(Guid streamId)
    {
        if (session.UnitOfWork.FindStream(streamId) is { } known)
            return known.TenantId == session.TenantId ? known : throw new StreamOfAnotherTenantException(streamId);
        if (streamId == Guid.Empty)
            throw new ArgumentException("A stream's id cannot be empty.", nameof(streamId));
        var stream = new PendingStream(streamId, session.TenantId);
        session.UnitOfWork.Add(stream);
        return stream;
    }

    void Append(PendingStream stream, IReadOnlyList<object> events)
    {
        foreach (var @event in events)
            session.AppendTo(stream, @event);
    }

    static string NameOf<T>() => DocumentMapping.Snake(typeof(T).Name);
}
