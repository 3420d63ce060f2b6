using OptiInfra.EventStore;
using OptiInfra.GraphQL.Execution;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <param name="Customer">Whose it is: the caller was let through to it.</param>
/// <param name="Version">Up to which event; null for what the read models hold.</param>
readonly record struct MigrationKey(string Customer, Guid Id, long? Version);

/// <summary>One read model of many migrations at once, or what it was at a version, folded from the stream.</summary>
abstract class MigrationLoader<T>(IBatchScheduler scheduler, IDocumentStore store, SingleStreamProjection<T> projection, Func<T, Guid> idOf)
    : BatchDataLoader<MigrationKey, T>(scheduler) where T : class
{
    protected override async Task<IReadOnlyDictionary<MigrationKey, T>> LoadBatchAsync(IReadOnlyList<MigrationKey> keys, CancellationToken cancellationToken)
    {
        Dictionary<MigrationKey, T> found = [];
        foreach (var customers in keys.GroupBy(key => key.Customer, StringComparer.Ordinal))
        {
            await using var session = store.QuerySession(customers.Key);
            string[] present = [.. customers.Where(key => key.Version is null).Select(key => key.Id.ToString("D"))];
            if (present.Length > 0)
                foreach (var document in await session.QueryAsync<T>("where id = any($1)", cancellationToken, (object)present))
                    found[new(customers.Key, idOf(document), null)] = document;
            foreach (var key in customers.Where(key => key.Version is not null))
                if (Fold.Of(projection, await session.Events.FetchStreamAsync(key.Id, key.Version!.Value, cancellationToken: cancellationToken)) is { } past)
                    found[key] = past;
        }

        return found;
    }
}

static class Fold
{
    public static T? Of<T>(SingleStreamProjection<T> projection, IEnumerable<IEvent> events) where T : class =>
        events.Aggregate((T?)null, projection.Evolve);
}

sealed class SummaryLoader(IBatchScheduler scheduler, IDocumentStore store)
    : MigrationLoader<MigrationSummary>(scheduler, store, MigrationHistory.Summary, summary => summary.Id);

sealed class TimelineLoader(IBatchScheduler scheduler, IDocumentStore store)
    : MigrationLoader<MigrationTimeline>(scheduler, store, Projection, timeline => timeline.Id)
{
    static readonly MigrationTimelineProjection Projection = new();
}

sealed class MovesLoader(IBatchScheduler scheduler, IDocumentStore store)
    : MigrationLoader<MigrationMoves>(scheduler, store, Projection, moves => moves.Id)
{
    static readonly MigrationMovesProjection Projection = new();
}

sealed class VotesLoader(IBatchScheduler scheduler, IDocumentStore store)
    : MigrationLoader<AgentVotes>(scheduler, store, Projection, votes => votes.Id)
{
    static readonly AgentVotesProjection Projection = new();
}

sealed class OpportunitiesLoader(IBatchScheduler scheduler, IDocumentStore store)
    : MigrationLoader<MigrationOpportunities>(scheduler, store, Projection, opportunities => opportunities.Id)
{
    static readonly MigrationOpportunitiesProjection Projection = new();
}
