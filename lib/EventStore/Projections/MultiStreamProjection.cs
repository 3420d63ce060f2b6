namespace OptiInfra.EventStore;

/// <summary>
/// One document per key (and tenant) from the events of one or many streams. Derive, name the key of each event type with
/// <c>Identity&lt;TEvent&gt;(…)</c> in the constructor, and write public methods, on the projection or on the document:
/// <c>TDoc Create(E)</c>, <c>TDoc Apply(E, TDoc)</c> (or <c>TDoc Apply(E)</c> on the document), <c>bool ShouldDelete(E, TDoc)</c>;
/// E may be wrapped as <see cref="IEvent{T}"/>. They return the next document and never change the given one. A document
/// type with a constructor without parameters needs no Create.
/// </summary>
public abstract class MultiStreamProjection<TDoc, TId> : IProjection, IValidatedProjection where TDoc : class where TId : notnull
{
    readonly List<(Func<Type, bool> Takes, Func<IEvent, IReadOnlyList<TId>> Keys)> slicers = [];
    private protected readonly ConventionFold<TDoc> fold;

    protected MultiStreamProjection() => fold = new ConventionFold<TDoc>(this);

    public virtual string Name => typeof(TDoc).Name;
    public virtual int Version => 1;
    public IReadOnlyList<Type> DocumentTypes => [typeof(TDoc)];

    bool IProjection.TakesUnknownEvents => fold.Handles(typeof(UnknownEvent)) && slicers.Exists(s => s.Takes(typeof(UnknownEvent)));

    /// <summary>The key of the one document that an event belongs to. <typeparamref name="TEvent"/> is an event type, or IEvent of one.</summary>
    protected void Identity<TEvent>(Func<TEvent, TId> key) where TEvent : notnull => Identities<TEvent>(e => [key(e)]);

    /// <summary>The keys of all documents that an event belongs to; none for an event to pass by.</summary>
    protected void Identities<TEvent>(Func<TEvent, IReadOnlyList<TId>> keys) where TEvent : notnull
    {
        if (!typeof(IEvent).IsAssignableFrom(typeof(TEvent)))
            slicers.Add((type => typeof(TEvent).IsAssignableFrom(type), e => keys((TEvent)e.Data)));
        else if (typeof(TEvent).IsGenericType)
            slicers.Add((type => typeof(TEvent).GenericTypeArguments[0].IsAssignableFrom(type), e => keys((TEvent)e)));
        else
            slicers.Add((_ => true, e => keys((TEvent)e)));
    }

    public virtual Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken)
    {
        var slices = new DocumentSlices<TDoc, TId>(fold);
        foreach (var @event in events)
            foreach (var (takes, keys) in slicers)
                if (takes(@event.EventType) && fold.Handles(@event.EventType))
                    foreach (var key in keys(@event))
                        slices.Add(@event, key);
        return slices.ApplyAsync(operations, cancellationToken);
    }

    void IValidatedProjection.Validate()
    {
        foreach (var eventType in fold.EventTypes.Where(type => !slicers.Exists(s => s.Takes(type))))
            throw new InvalidOperationException($"{GetType().Name} has a method for {eventType.Name} but no Identity<{eventType.Name}>: it would never be called.");
    }
}

/// <summary>One document per stream, keyed by the stream's id; methods as in <see cref="MultiStreamProjection{TDoc, TId}"/>.</summary>
public abstract class SingleStreamProjection<TDoc> : MultiStreamProjection<TDoc, Guid> where TDoc : class
{
    protected SingleStreamProjection() => Identity<IEvent>(e => e.StreamId);

    /// <summary>The document after one more event of its stream, without any table: for a state of the past, or one that the daemon has not come to.</summary>
    /// <returns>Null when there is none yet, or none any more.</returns>
    public TDoc? Evolve(TDoc? document, IEvent @event) => fold.Evolve(document, @event);
}
