namespace OptiInfra.EventStore;

/// <summary>When a projection runs.</summary>
public enum ProjectionLifecycle
{
    /// <summary>In the transaction of the append: at most as fast as one append after the other where they share documents.</summary>
    Inline,
    /// <summary>In the daemon, behind the append.</summary>
    Async,
}

/// <summary>A view built from events. Each version has tables and progress of its own.</summary>
public interface IProjection
{
    string Name { get; }
    /// <summary>Raise it when the view changes: the view is then built anew beside the old one. From 1.</summary>
    int Version { get; }
    /// <summary>The document types that it writes; no other projection writes them.</summary>
    IReadOnlyList<Type> DocumentTypes { get; }
    /// <summary>Further tables that it writes. Their present names come from <see cref="IQuerySession.TableOf"/>.</summary>
    IReadOnlyList<ProjectionTable> Tables => [];
    /// <summary>It can do something with events that this program does not know (<see cref="UnknownEvent"/>); else they are set aside.</summary>
    bool TakesUnknownEvents => false;
    /// <summary>
    /// Applies events, in log order, to <paramref name="operations"/>, which the caller saves; use its ForTenant with
    /// the event's tenant. An inline projection is given events that have no sequence (0) and no hash yet. What throws
    /// here is tried again, then the event's stream is set aside (ADR 9).
    /// </summary>
    Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken);
}

/// <summary>A table of a projection's own.</summary>
/// <param name="Name">Without schema and version.</param>
/// <param name="Columns">Columns and constraints as CREATE TABLE has them between its parentheses; no serial column and no foreign key, because the table is rebuilt beside itself.</param>
public sealed record ProjectionTable(string Name, string Columns);
