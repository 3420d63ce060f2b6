namespace OptiInfra.EventStore;

/// <summary>A stream of a unit of work: what is to be appended, and at which version it was believed to stand.</summary>
sealed class PendingStream(Guid id, string tenantId)
{
    public Guid Id => id;
    public string TenantId => tenantId;
    public string? AggregateType { get; set; }
    /// <summary>It must not exist yet.</summary>
    public bool Start { get; private set; }
    /// <summary>Version before the pending events; null where any will do.</summary>
    public long? Expected { get; private set; }
    public List<StoredEvent> Events { get; } = [];
    /// <summary>As it was fetched, an <see cref="EventStream{T}"/>.</summary>
    public object? Fetched { get; set; }
    /// <summary>The unit of work is over; what is appended here now would be lost.</summary>
    public bool Closed { get; private set; }

    public void StartNew()
    {
        if (Expected is not null || Events.Count > 0)
            throw new ExistingStreamIdCollisionException(id);
        Start = true;
        Expected = 0;
    }

    /// <param name="version">Before the events that are appended next.</param>
    public void Expect(long version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        var before = version - Events.Count;
        if (Expected is { } already && already != before)
            throw new EventStreamUnexpectedMaxEventIdException(id, version, already + Events.Count);
        if (before < 0)
            throw new EventStreamUnexpectedMaxEventIdException(id, version, Events.Count);
        Expected = before;
    }

    public void Append(StoredEvent @event)
    {
        if (Closed)
            throw new InvalidOperationException($"Stream {id} was fetched for a unit of work that is over; fetch it again.");
        Events.Add(@event);
    }

    public void Close() => Closed = true;

    /// <summary>One command per run of events with the same circumstances; there is more than one only if the session's metadata changed.</summary>
    public IEnumerable<AppendOperation> Operations(DocumentStore store)
    {
        var expected = Start ? AppendOperation.MustBeNew : Expected;
        for (var first = 0; first < Events.Count;)
        {
            var next = first + 1;
            while (next < Events.Count && SameCircumstances(Events[first], Events[next]))
                next++;
            yield return new AppendOperation(store, this, expected, first, next - first);
            // the row is locked by now
            expected = null;
            first = next;
        }
    }

    static bool SameCircumstances(StoredEvent a, StoredEvent b) =>
        a.Timestamp == b.Timestamp && a.Actor == b.Actor && a.CorrelationId == b.CorrelationId
        && a.CausationId == b.CausationId && a.TraceParent == b.TraceParent;
}
