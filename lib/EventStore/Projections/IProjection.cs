namespace OptiInfra.EventStore;

/// <summary>When a projection runs.</summary>
public enum ProjectionLifecycle
{
    /// <summary>In the transaction of the append: at most as fast as one append after the other where they share documents.</summary>
    Inline,
    /// <summary>In the daemon, behind the append.</summary>
    Async,
}

/// <summary>A view built from events. Name and version identify its progress.</summary>
public interface IProjection
{
    string Name { get; }
    /// <summary>Raise it when the view changes: the view is then built anew.</summary>
    int Version { get; }
    /// <summary>The document types that it writes, emptied before a rebuild.</summary>
    IReadOnlyList<Type> DocumentTypes { get; }
    /// <summary>Further tables of the store's schema that it writes, without the schema, emptied before a rebuild.</summary>
    IReadOnlyList<string> TableNames => [];
    /// <summary>
    /// Applies events, in log order, to <paramref name="operations"/>, which the caller saves; use its ForTenant with
    /// the event's tenant. An inline projection is given events that have no sequence (0) and no hash yet.
    /// </summary>
    Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken);
}
