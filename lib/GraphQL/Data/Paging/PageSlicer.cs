using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace OptiInfra.GraphQL;

/// <summary>Cuts a page out of a list by position: a cursor is the item's index, encoded.</summary>
static class PageSlicer
{
    public static ValueTask<object?> Slice<T>(object? source, PagingArguments paging, CancellationToken cancellationToken)
    {
        if (source is null) return default;
        var after = paging.After is { } cursor ? Index(cursor, "after") : -1;
        var before = paging.Before is { } end ? Index(end, "before") : int.MaxValue;
        return source switch
        {
            IQueryable<T> query => new(OfQuery(query, paging, after, before)),
            IEnumerable<T> items => new(OfList(items as IReadOnlyList<T> ?? [.. items], paging, after, before)),
            _ => throw new InvalidOperationException($"A {source.GetType().Name} cannot be paged."),
        };
    }

    static Connection<T> OfList<T>(IReadOnlyList<T> items, PagingArguments paging, int after, int before)
    {
        var (from, to) = Bounds(paging, after, before, items.Count);
        var edges = new List<Edge<T>>(to - from);
        for (var i = from; i < to; i++) edges.Add(new(items[i], Cursor(i)));
        return Page(edges, from > 0, to < items.Count, _ => new(items.Count));
    }

    static Connection<T> OfQuery<T>(IQueryable<T> query, PagingArguments paging, int after, int before)
    {
        if (paging.Last is not null || before != int.MaxValue)
        {
            var count = query.Count();
            var (from, to) = Bounds(paging, after, before, count);
            return Page([.. query.Skip(from).Take(to - from).AsEnumerable().Select((item, i) => new Edge<T>(item, Cursor(from + i)))], from > 0, to < count, _ => new(count));
        }
        // one more than asked for tells whether more follow, without a count
        var start = after + 1;
        var items = query.Skip(start).Take(paging.First!.Value + 1).ToList();
        var page = items.Take(paging.First.Value).Select((item, i) => new Edge<T>(item, Cursor(start + i))).ToList();
        return Page(page, start > 0, items.Count > page.Count, _ => new(query.Count()));
    }

    /// <summary>Relay's algorithm: cut by cursors, then first, then last.</summary>
    static (int From, int To) Bounds(PagingArguments paging, int after, int before, int count)
    {
        var from = Math.Min(after + 1, count);
        var to = Math.Max(from, Math.Min(before, count));
        if (paging.First is { } first) to = Math.Min(to, from + Math.Min(first, count));
        if (paging.Last is { } last) from = Math.Max(from, to - last);
        return (from, to);
    }

    static Connection<T> Page<T>(List<Edge<T>> edges, bool hasPrevious, bool hasNext, Func<CancellationToken, ValueTask<int>> count) =>
        new(edges, new(hasNext, hasPrevious, edges.Count > 0 ? edges[0].Cursor : null, edges.Count > 0 ? edges[^1].Cursor : null), count);

    static string Cursor(int index) => Convert.ToBase64String(Encoding.UTF8.GetBytes(index.ToString(CultureInfo.InvariantCulture)));

    static int Index(string cursor, string argument)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (cursor.Length <= 40 && Convert.TryFromBase64String(cursor, bytes, out var written)
            && Utf8Parser.TryParse(bytes[..written], out int index, out var used) && used == written && index is >= 0 and < int.MaxValue)
            return index;
        throw new GraphQLException($"Argument \"{argument}\" is no cursor of this list.");
    }
}
