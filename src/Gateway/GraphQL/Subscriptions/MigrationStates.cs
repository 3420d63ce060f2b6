using System.Collections.Concurrent;
using OptiInfra.EventStore;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Migrations after each of their last events, found once for all who follow them.</summary>
sealed class MigrationStates(IDocumentStore store)
{
    const int Most = 4_096;
    readonly ConcurrentDictionary<(Guid Stream, long Version), Task<MigrationSummary?>> known = new();

    /// <returns>Null where the stream is no migration's.</returns>
    public async Task<MigrationSummary?> AfterAsync(IEvent e)
    {
        // what is dropped is read again where somebody needs it
        if (known.Count >= Most)
            known.Clear();
        try
        {
            return await known.GetOrAdd((e.StreamId, e.Version), static (_, of) => of.Self.FoldAsync(of.Event), (Self: this, Event: e));
        }
        catch
        {
            known.TryRemove((e.StreamId, e.Version), out _);
            throw;
        }
    }

    async Task<MigrationSummary?> FoldAsync(IEvent e)
    {
        if (known.TryGetValue((e.StreamId, e.Version - 1), out var before) && before.IsCompletedSuccessfully && await before is { } state)
            return MigrationHistory.Summary.Evolve(state, e);
        await using var session = store.QuerySession(e.TenantId);
        return Fold.Of(MigrationHistory.Summary, await session.Events.FetchStreamAsync(e.StreamId, e.Version));
    }
}
