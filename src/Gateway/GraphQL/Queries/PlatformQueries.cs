using Microsoft.AspNetCore.Http;
using OptiInfra.Contracts.Access;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.Gateway.Health;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

[QueryType]
static class PlatformQueries
{
    /// <summary>Who asks.</summary>
    public static Me GetMe(HttpContext context, AccessGuard guard)
    {
        guard.Require(context, "Query.me");
        var caller = context.RequiredCaller();
        return new Me(caller.Id, caller.Name, caller.Roles, caller.Customers, caller.ExpiresAt);
    }

    /// <summary>How far the bus is behind the log, whatever process relays.</summary>
    public static async Task<RelayLag> GetRelayAsync(HttpContext context, AccessGuard guard, GatewayOptions options, IDocumentStore store, CancellationToken cancellationToken)
    {
        guard.Require(context, "Query.relay");
        var mark = await store.Log.HighWaterMarkAsync(cancellationToken);
        var position = await store.Progression.LoadAsync(RelayCheck.Progression, cancellationToken);
        var next = await store.Log.ReadAsync(position, 1, cancellationToken);
        // reasons name streams, and those may be other customers'
        var problem = context.RequiredCaller().IsOfAllCustomers && options.RelayProblemAsync is { } ask ? await ask(store, cancellationToken) : null;
        return new RelayLag(position, mark, Math.Max(0, mark - position), next.Events is [var oldest, ..] ? oldest.Timestamp : null, problem);
    }

    /// <summary>How far each version of each projection is behind the log.</summary>
    public static async Task<IReadOnlyList<ProjectionLag>> GetProjectionsAsync(HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        guard.Require(context, "Query.projections");
        var isOfAll = context.RequiredCaller().IsOfAllCustomers;
        return [.. (await store.AllProjectionProgressAsync(cancellationToken)).Select(p => ProjectionLag.Of(p, isOfAll))];
    }
}

/// <summary>Who asks, and what the token is good for.</summary>
/// <param name="Customers">* is every customer.</param>
/// <param name="ExpiresAt">Of the token.</param>
sealed record Me(string Id, string Name, IReadOnlyList<Role> Roles, IReadOnlyList<string> Customers, DateTimeOffset ExpiresAt);
