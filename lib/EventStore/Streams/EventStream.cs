namespace OptiInfra.EventStore;

/// <param name="aggregate">As it was when fetched.</param>
sealed class EventStream<T>(DocumentSession session, PendingStream pending, T? aggregate, long startingVersion) : IEventStream<T> where T : class
{
    T? aggregate = aggregate;
    int applied;

    public Guid Id => pending.Id;
    public long StartingVersion => startingVersion;
    public long CurrentVersion => startingVersion + pending.Events.Count;

    public T? Aggregate
    {
        get
        {
            for (; applied < pending.Events.Count; applied++)
            {
                var @event = pending.Events[applied];
                @event.Version = startingVersion + applied + 1;
                aggregate = AggregateFold<T>.Instance.Evolve(aggregate, @event);
            }
            return aggregate;
        }
    }

    public void AppendOne(object @event) => session.AppendTo(pending, @event);

    public void AppendMany(params IReadOnlyList<object> events)
    {
        foreach (var @event in events)
            session.AppendTo(pending, @event);
    }
}
