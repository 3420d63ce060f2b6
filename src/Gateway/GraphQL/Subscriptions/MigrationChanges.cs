using System.Runtime.CompilerServices;
using OptiInfra.EventStore;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>A migration after an event.</summary>
/// <param name="Sequence">Where a subscription can go on: give it as afterSequence.</param>
/// <param name="Event">What changed it.</param>
/// <param name="Migration">As it was after that event.</param>
sealed record MigrationChange(long Sequence, EventEntry Event, Migration Migration);

/// <summary>Tells a customer's events as changes of its migrations.</summary>
static class MigrationChanges
{
    public static async IAsyncEnumerable<MigrationChange> OfAsync(
        IDocumentStore store, IAsyncEnumerable<IEvent> events, Guid? id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Dictionary<Guid, MigrationSummary> open = [];
        await foreach (var e in events.WithCancellation(cancellationToken))
        {
            if (id is not null && e.StreamId != id)
                continue;
            var summary = open.TryGetValue(e.StreamId, out var known)
                ? MigrationHistory.Summary.Evolve(known, e)
                : await ReadAsync(store, e, cancellationToken);
            if (summary is null)
                continue;
            // what is over is told seldom, and read again where it is
            if (summary.IsOver)
                open.Remove(e.StreamId);
            else
                open[e.StreamId] = summary;
            yield return new MigrationChange(e.Sequence, new EventEntry(e), new Migration(summary, e.Version));
        }
    }

    /// <returns>Null where the stream is no migration's.</returns>
    static async Task<MigrationSummary?> ReadAsync(IDocumentStore store, IEvent e, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(e.TenantId);
        return Fold.Of(MigrationHistory.Summary, await session.Events.FetchStreamAsync(e.StreamId, e.Version, cancellationToken: cancellationToken));
    }
}
