using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

[QueryType]
static class ExplainQueries
{
    /// <summary>
    /// Why an instance was refused, moved or moved back or, without one, why a rollout goes on, stands still or ended: the
    /// evidence in its events, in order. Null where the customer has none of this id.
    /// </summary>
    public static async Task<Explanation?> GetExplainAsync(
        Guid id, string? instanceId, string? customer, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(guard.RequireCustomer(context, "Query.explain", customer));
        var events = await session.Events.FetchStreamAsync(id, cancellationToken: cancellationToken);
        if (Fold.Of(MigrationHistory.Summary, events) is not { } summary)
            return null;
        Reason[] reasons = [.. from e in events
                               let text = instanceId is null ? Reasons.OfRollout(e.Data) : Reasons.OfInstance(e.Data, instanceId)
                               where text is not null
                               select new Reason(e.Version, e.Timestamp, e.EventTypeName, e.Actor, text)];
        return new Explanation(id, instanceId, summary.Status, reasons);
    }
}
