using System.Runtime.CompilerServices;
using OptiInfra.EventStore;

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
        MigrationStates states, IAsyncEnumerable<IEvent> events, Guid? id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var e in events.WithCancellation(cancellationToken))
            if ((id is null || e.StreamId == id) && await states.AfterAsync(e) is { } summary)
                yield return new MigrationChange(e.Sequence, new EventEntry(e), new Migration(summary, e.Version));
    }
}
