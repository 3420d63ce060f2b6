using System.Collections.Concurrent;
using OptiInfra.EventStore;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Migrations after each of their last events, found once for all who follow them.</summary>
sealed class MigrationStates(IDocumentStore store) : StreamStates<MigrationSummary>(store, MigrationHistory.Summary);

/// <summary>Training jobs after each of their last events, found once for all who follow them.</summary>
sealed class JobStates(IDocumentStore store) : StreamStates<JobSummary>(store, JobStreams.Summary);

/// <summary>Streams of one kind after each of their last events, found once for all who follow them.</summary>
abstract class StreamStates<T>(IDocumentStore store, SingleStreamProjection<T> projection) where T : class
{
    const int Most = 4_096;
    readonly ConcurrentDictionary<(Guid Stream, long Version), Task<T?>> known = new();

    /// <returns>Null where the stream is of another kind.</returns>
    public async Task<T?> AfterAsync(IEvent e)
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

    async Task<T?> FoldAsync(IEvent e)
    {
        if (known.TryGetValue((e.StreamId, e.Version - 1), out var before) && before.IsCompletedSuccessfully && await before is { } state)
            return projection.Evolve(state, e);
        await using var session = store.QuerySession(e.TenantId);
        return Fold.Of(projection, await session.Events.FetchStreamAsync(e.StreamId, e.Version));
    }
}
