using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>What can be followed live. With afterSequence, what happened behind it comes first: nothing is missed over a reconnection.</summary>
[SubscriptionType]
static class MigrationSubscriptions
{
    /// <summary>One migration, whenever something happens to it.</summary>
    [Subscribe(With = nameof(OpenMigrationAsync))]
    public static MigrationChange MigrationChanged([EventMessage] MigrationChange change) => change;

    /// <summary>All migrations of the customer.</summary>
    [Subscribe(With = nameof(OpenMigrationsAsync))]
    public static MigrationChange MigrationsChanged([EventMessage] MigrationChange change) => change;

    /// <summary>The customer's events as they are appended.</summary>
    [Subscribe(With = nameof(OpenEventsAsync))]
    public static EventEntry EventAppended([EventMessage] EventEntry appended) => appended;

    public static async Task<IAsyncEnumerable<MigrationChange>> OpenMigrationAsync(
        Guid id, long? afterSequence, string? customer, HttpContext context, EventFollower follower, MigrationStates states, CancellationToken cancellationToken) =>
        MigrationChanges.OfAsync(states, await follower.OpenAsync(context, "Subscription.migrationChanged", customer, afterSequence, cancellationToken), id, CancellationToken.None);

    public static async Task<IAsyncEnumerable<MigrationChange>> OpenMigrationsAsync(
        long? afterSequence, string? customer, HttpContext context, EventFollower follower, MigrationStates states, CancellationToken cancellationToken) =>
        MigrationChanges.OfAsync(states, await follower.OpenAsync(context, "Subscription.migrationsChanged", customer, afterSequence, cancellationToken), null, CancellationToken.None);

    public static async Task<IAsyncEnumerable<EventEntry>> OpenEventsAsync(
        EventFilter? filter, long? afterSequence, string? customer, HttpContext context, EventFollower follower, CancellationToken cancellationToken)
    {
        var events = await follower.OpenAsync(context, "Subscription.eventAppended", customer, afterSequence, cancellationToken);
        return events.Where(e => filter?.Lets(e) ?? true).Select(e => new EventEntry(e));
    }
}

/// <summary>Which events are told; what is left out does not narrow.</summary>
sealed record EventFilter
{
    public Guid? Stream { get; init; }
    /// <summary>Stored names, for example phase_completed.</summary>
    public IReadOnlyList<string>? Types { get; init; }
    public string? Actor { get; init; }

    internal bool Lets(IEvent e) =>
        (Stream is null || e.StreamId == Stream)
        && (Types is null or [] || Types.Contains(e.EventTypeName, StringComparer.Ordinal))
        && (Actor is null || string.Equals(e.Actor, Actor, StringComparison.Ordinal));
}
