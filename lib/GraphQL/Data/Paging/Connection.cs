namespace OptiInfra.GraphQL;

/// <summary>One page of a list (Relay's cursor connections).</summary>
/// <param name="TotalCount">Of the whole list; null where it is not known.</param>
public sealed record Connection<T>(IReadOnlyList<Edge<T>> Edges, ConnectionPageInfo PageInfo, Func<CancellationToken, ValueTask<int>>? TotalCount = null) : IConnection
{
    IReadOnlyList<object> IConnection.Edges => [.. Edges];
    IReadOnlyList<object?> IConnection.Nodes => [.. Edges.Select(edge => (object?)edge.Node)];
}

/// <summary>An item with the place where it stands in the list.</summary>
/// <param name="Cursor">Opaque to callers.</param>
public sealed record Edge<T>(T Node, string Cursor) : IEdge
{
    object? IEdge.Node => Node;
}

/// <summary>What lies around a page. Cursors are null for an empty page.</summary>
public sealed record ConnectionPageInfo(bool HasNextPage, bool HasPreviousPage, string? StartCursor, string? EndCursor);

interface IConnection
{
    IReadOnlyList<object> Edges { get; }
    IReadOnlyList<object?> Nodes { get; }
    ConnectionPageInfo PageInfo { get; }
    Func<CancellationToken, ValueTask<int>>? TotalCount { get; }
}

interface IEdge
{
    object? Node { get; }
    string Cursor { get; }
}

/// <summary>What a caller asks of a connection, within the limits.</summary>
/// <param name="First">Items from the front, after <paramref name="After"/>.</param>
/// <param name="Last">Items from the back, before <paramref name="Before"/>.</param>
public sealed record PagingArguments(int? First, string? After, int? Last, string? Before);
