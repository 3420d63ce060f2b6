using System.Globalization;
using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

[QueryType]
static class EventQueries
{
    /// <summary>The customer's part of the log, for audits. Cursors are sequences: a subscription can go on behind one.</summary>
    /// <param name="stream">Of one migration.</param>
    /// <param name="types">Stored names, for example phase_completed.</param>
    /// <param name="from">Not before this instant.</param>
    /// <param name="to">Before this instant.</param>
    [UsePaging(DefaultPageSize = 20, MaxPageSize = 100, AllowBackwardPagination = false)]
    public static async Task<Connection<EventEntry>> GetEventsAsync(
        Guid? stream, IReadOnlyList<string>? types, string? actor, DateTimeOffset? from, DateTimeOffset? to, bool? newestFirst, string? customer,
        PagingArguments paging, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        var search = new EventSearch(guard.RequireCustomer(context, "Query.events", customer))
        {
            StreamId = stream,
            Types = [.. (types ?? []).Select(FieldAccess.Storable)],
            Actor = actor is null ? null : FieldAccess.Storable(actor),
            From = from,
            To = to,
            NewestFirst = newestFirst ?? false,
            After = paging.After is { } cursor ? SequenceOf(cursor) : null,
        };
        var size = paging.First ?? 0;
        var found = await store.Log.SearchAsync(search, size + 1, cancellationToken);
        Edge<EventEntry>[] edges = [.. found.Take(size).Select(e => new Edge<EventEntry>(new EventEntry(e), CursorOf(e)))];
        return new Connection<EventEntry>(
            edges, new ConnectionPageInfo(found.Count > size, search.After is not null, edges.FirstOrDefault()?.Cursor, edges.LastOrDefault()?.Cursor));
    }

    static string CursorOf(IEvent e) => e.Sequence.ToString(CultureInfo.InvariantCulture);

    static long SequenceOf(string cursor) => long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
        ? sequence
        : throw FieldAccess.BadInput("Argument \"after\" is no cursor of this list: give an endCursor, or an event's sequence.");
}
