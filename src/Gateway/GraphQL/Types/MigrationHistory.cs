using OptiInfra.EventStore;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Migrations as their streams tell them: exact, also where the read models are behind.</summary>
static class MigrationHistory
{
    public static MigrationSummaryProjection Summary { get; } = new();

    /// <returns>Null where the customer has no such migration, or had none then.</returns>
    public static async Task<Migration?> ReadAsync(
        IDocumentStore store, string customer, Guid id, CancellationToken cancellationToken, long version = 0, DateTimeOffset? at = null)
    {
        await using var session = store.QuerySession(customer);
        var events = await session.Events.FetchStreamAsync(id, version, at, cancellationToken: cancellationToken);
        return Fold.Of(Summary, events) is { } summary ? new Migration(summary, events[^1].Version) : null;
    }
}
