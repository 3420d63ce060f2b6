namespace OptiInfra.EventStore;

/// <summary>An aggregate on its way through the events of a stream.</summary>
/// <param name="forWriting">Something will be decided on it: every event must be known.</param>
sealed class StreamFold<T>(bool forWriting) where T : class
{
    public T? Aggregate { get; private set; }
    /// <summary>The event that was folded last; null where there was none.</summary>
    public IEvent? Last { get; private set; }
    public long Version => Last?.Version ?? 0;
    /// <summary>Events folded here, without those that a snapshot held.</summary>
    public int Count { get; private set; }
    public bool HasUnknown { get; private set; }

    /// <summary>Begins with the state after an event.</summary>
    public void Begin(T aggregate, IEvent at) => (Aggregate, Last) = (aggregate, at);

    /// <exception cref="UnknownEventTypeException">Nothing can be decided on the stream.</exception>
    public void Next(IEvent @event)
    {
        if (@event.EventType == typeof(UnknownEvent))
        {
            HasUnknown = true;
            if (forWriting)
                throw new UnknownEventTypeException($"Stream {@event.StreamId} has at version {@event.Version} an event '{@event.EventTypeName}' of schema version {@event.SchemaVersion} that this program does not know: nothing can be decided on it. Map the type, or let the newer program decide.");
        }
        Aggregate = AggregateFold<T>.Instance.Evolve(Aggregate, @event);
        Last = @event;
        Count++;
    }
}
