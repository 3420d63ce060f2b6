namespace OptiInfra.EventStore;

/// <summary>
/// One document per key (and tenant) from the events of one or many streams. Derive, name the key of each event type with
/// <c>Identity&lt;TEvent&gt;(…)</c> in the constructor, and write public methods, on the projection or on the document:
/// <c>TDoc Create(E)</c>, <c>TDoc Apply(E, TDoc)</c> (or <c>TDoc Apply(E)</c> on the document), <c>bool ShouldDelete(E, TDoc)</c>;
/// E may be wrapped as <see cref="IEvent{T}"/>. They return the next document and never change the given one. A document
/// type with a constructor without parameters needs no Create.
/// </summary>
public abstract class MultiStreamProjection<TDoc, TId> : IProjection, IValidatedProjection, IFoldsDocuments where TDoc : class where TId : notnull
{
    readonly List<Slicer> slicers = [];
    private protected readonly ConventionFold<TDoc> fold;

    protected MultiStreamProjection() => fold = new ConventionFold<TDoc>(this);

    public virtual string Name => typeof(TDoc).Name;
    public virtual int Version => 1;
    public IReadOnlyList<Type> DocumentTypes => [typeof(TDoc)];

    bool IFoldsDocuments.FoldsOnly
        => GetType().GetMethod(nameof(ApplyAsync), [typeof(IDocumentSession), typeof(IReadOnlyList<IEvent>), typeof(CancellationToken)])!.DeclaringType == typeof(MultiStreamProjection<TDoc, TId>);

    void IFoldsDocuments.Prepare(IReadOnlyList<IEvent> events)
    {
        try
        {
            foreach (var @event in events)
                if (fold.Handles(@event.EventType))
                    _ = @event.Data;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // whoever applies it meets the same, and knows which event it is
        }
    }

    bool IProjection.TakesUnknownEvents => fold.Handles(typeof(UnknownEvent)) && slicers.Exists(s => s.Takes(typeof(UnknownEvent)));

    /// <summary>The key of the one document that an event belongs to. <typeparamref name="TEvent"/> is an event type, or IEvent of one.</summary>
    protected void Identity<TEvent>(Func<TEvent, TId> key) where TEvent : notnull
        => slicers.Add(new(TakenAs<TEvent>(), From<TEvent>() ? e => key((TEvent)e) : e => key((TEvent)e.Data), Keys: null));

    /// <summary>The keys of all documents that an event belongs to; none for an event to pass by.</summary>
    protected void Identities<TEvent>(Func<TEvent, IReadOnlyList<TId>> keys) where TEvent : notnull
        => slicers.Add(new(TakenAs<TEvent>(), Key: null, From<TEvent>() ? e => keys((TEvent)e) : e => keys((TEvent)e.Data)));

    /// <summary>Which event types it takes, and the one key or the keys of one.</summary>
    sealed record Slicer(Func<Type, bool> Takes, Func<IEvent, TId>? Key, Func<IEvent, IReadOnlyList<TId>>? Keys);

    static bool From<TEvent>() => typeof(IEvent).IsAssignableFrom(typeof(TEvent));

    static Func<Type, bool> TakenAs<TEvent>() =>
        !From<TEvent>() ? typeof(TEvent).IsAssignableFrom
        : typeof(TEvent).IsGenericType ? typeof(TEvent).GenericTypeArguments[0].IsAssignableFrom
        : _ => true;

    public virtual Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken)
    {
        var slices = new DocumentSlices<TDoc, TId>(fold);
        foreach (var @event in events)
            if (fold.Handles(@event.EventType))
                foreach (var slicer in slicers)
                    if (!slicer.Takes(@event.EventType))
                        continue;
                    else if (slicer.Key is not null)
                        slices.Add(@event, slicer.Key(@event));
                    else
                        foreach (var key in slicer.Keys!(@event))
                            slices.Add(@event, key);
        return slices.ApplyAsync(operations, cancellationToken);
    }

    void IValidatedProjection.Validate()
    {
        foreach (var eventType in fold.EventTypes.Where(type => !slicers.Exists(s => s.Takes(type))))
            throw new InvalidOperationException($"{GetType().Name} has a method for {eventType.Name} but no Identity<{eventType.Name}>: it would never be called.");
    }
}

/// <summary>A projection whose events change its documents and nothing else.</summary>
interface IFoldsDocuments
{
    /// <summary>False where it has a way of its own to apply them.</summary>
    bool FoldsOnly { get; }

    /// <summary>Reads the data of events that it will take. What cannot be read fails when it is applied.</summary>
    void Prepare(IReadOnlyList<IEvent> events);
}

/// <summary>One document per stream, keyed by the stream's id; methods as in <see cref="MultiStreamProjection{TDoc, TId}"/>.</summary>
public abstract class SingleStreamProjection<TDoc> : MultiStreamProjection<TDoc, Guid> where TDoc : class
{
    protected SingleStreamProjection() => Identity<IEvent>(e => e.StreamId);

    /// <summary>The document after one more event of its stream, without any table: for a state of the past, or one that the daemon has not come to.</summary>
    /// <returns>Null when there is none yet, or none any more.</returns>
    public TDoc? Evolve(TDoc? document, IEvent @event) => fold.Evolve(document, @event);
}
