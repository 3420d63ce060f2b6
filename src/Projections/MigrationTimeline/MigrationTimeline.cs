using System.Collections.Immutable;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Projections;

/// <summary>What happened to a migration, in order, in a person's words?</summary>
public sealed record MigrationTimeline
{
    /// <summary>The migration's.</summary>
    public required Guid Id { get; init; }
    public ImmutableList<TimelineLine> Lines { get; init; } = [];
}

/// <param name="Version">Of the event in its stream.</param>
/// <param name="Kind">The event's stored name, for example <c>phase_completed</c>.</param>
/// <param name="Actor">A person, a policy or an agent.</param>
/// <param name="Text">One sentence.</param>
public sealed record TimelineLine(long Version, DateTimeOffset At, string Kind, string? Actor, string Text);

/// <inheritdoc cref="MigrationTimeline"/>
public sealed class MigrationTimelineProjection : SingleStreamProjection<MigrationTimeline>
{
    /// <returns>Null where the stream is no migration's.</returns>
    public static MigrationTimeline? Create(IEvent e) => e.Data is MigrationRequested ? Apply(e, new MigrationTimeline { Id = e.StreamId }) : null;

    public static MigrationTimeline Apply(IEvent e, MigrationTimeline timeline) =>
        timeline with { Lines = timeline.Lines.Add(new TimelineLine(e.Version, e.Timestamp, e.EventTypeName, e.Actor, TimelineSentences.Of(e.Data))) };
}
