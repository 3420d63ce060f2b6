using System.Globalization;
using OptiInfra.EventStore;
using OptiInfra.GraphQL;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Lists of documents, filtered, sorted and paged where they lie.</summary>
/// <typeparam name="TDocument">Whose table is read.</typeparam>
/// <typeparam name="TItem">What one row holds in its column data.</typeparam>
/// <param name="fields">What can be filtered and sorted by.</param>
/// <param name="usual">The key of the order where the caller names none, the highest first.</param>
sealed class DocumentPages<TDocument, TItem>(IReadOnlyDictionary<string, DocumentField> fields, string usual) where TDocument : class
{
    /// <summary>Further parts of the statement's with, the last of which is <see cref="From"/>; begins with a comma.</summary>
    public string With { get; init; } = "";

    /// <summary>Rows with the columns id and data.</summary>
    public string From { get; init; } = "documents";

    sealed record Row(TItem Data, string?[] Keys);

    /// <param name="also">Further conditions, which hold whatever the caller asks for.</param>
    public async Task<Connection<TNode>> ReadAsync<TNode>(
        IDocumentStore store, string tenant, IResolverContext context, PagingArguments paging, Func<TItem, TNode> toNode, CancellationToken cancellationToken, Func<DocumentConditions, IEnumerable<string>>? also = null)
    {
        var where = context.GetFilterContext()?.ToDictionary() ?? new Dictionary<string, object?>(StringComparer.Ordinal);
        var order = DocumentOrder.Of(fields, context.GetSortingContext()?.ToList(), usual);
        var conditions = new DocumentConditions();
        List<string> all = [conditions.All(fields, where), .. also?.Invoke(conditions) ?? []];
        if (paging.After is { } after)
            all.Add(order.Beyond(conditions, after, backwards: false, "after"));
        if (paging.Before is { } before)
            all.Add(order.Beyond(conditions, before, backwards: true, "before"));

        var backwards = paging.First is null;
        var size = paging.First ?? paging.Last ?? 0;
        await using var session = store.QuerySession(tenant);
        // one more than asked for tells whether more follow
        List<Row> rows = [.. await session.SelectAsync<TDocument, Row>(
            string.Create(CultureInfo.InvariantCulture, $"{With} select jsonb_build_object('data', data, 'keys', {order.KeysSql}) from {From} where ({string.Join(") and (", all)}) order by {order.OrderBy(backwards)} limit {size + 1}"),
            cancellationToken, conditions.Parameters)];
        var more = rows.Count > size;
        rows = [.. rows.Take(size)];
        if (backwards)
            rows.Reverse();
        var cut = paging.Last is { } last && rows.Count > last;
        if (cut)
            rows = [.. rows.TakeLast(paging.Last!.Value)];
        Edge<TNode>[] edges = [.. rows.Select(row => new Edge<TNode>(toNode(row.Data), order.CursorOf(row.Keys)))];
        return new Connection<TNode>(
            edges,
            new ConnectionPageInfo(backwards ? paging.Before is not null : more, backwards ? more : cut || paging.After is not null, edges.FirstOrDefault()?.Cursor, edges.LastOrDefault()?.Cursor),
            token => CountAsync(store, tenant, where, also, token));
    }

    async ValueTask<int> CountAsync(IDocumentStore store, string tenant, IReadOnlyDictionary<string, object?> where, Func<DocumentConditions, IEnumerable<string>>? also, CancellationToken cancellationToken)
    {
        var conditions = new DocumentConditions();
        string[] all = [conditions.All(fields, where), .. also?.Invoke(conditions) ?? []];
        await using var session = store.QuerySession(tenant);
        return (await session.SelectAsync<TDocument, int>($"{With} select to_jsonb(count(*)) from {From} where ({string.Join(") and (", all)})", cancellationToken, conditions.Parameters))[0];
    }
}
