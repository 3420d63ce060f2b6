namespace OptiInfra.EventStore;

/// <summary>
/// A stream that a projection has set aside from one event on: that event failed or is of an unknown type, and the later
/// ones of the stream would be applied to a document that lacks it. The other streams go on.
/// </summary>
/// <param name="Id">Under which it can be retried.</param>
/// <param name="Version">The projection's.</param>
/// <param name="Sequence">Of the event, in the log.</param>
/// <param name="StreamVersion">Of the event, in its stream.</param>
/// <param name="Waiting">Events of the stream that wait, this one included.</param>
/// <param name="Rebuilding">It concerns tables that are being built.</param>
public sealed record SkippedEvent(
    long Id, string Projection, int Version, bool Rebuilding, SkipKind Kind, Guid StreamId, string TenantId, long Sequence, long StreamVersion,
    string EventTypeName, string Error, int Attempts, DateTimeOffset FirstFailed, DateTimeOffset LastFailed, long Waiting);

public enum SkipKind
{
    /// <summary>The projection threw, or what it wrote was refused.</summary>
    Failed,
    /// <summary>This program does not know the event's type, or not its schema version.</summary>
    Unknown,
}

/// <summary>An event that is to be set aside.</summary>
sealed record Skip(IEvent Event, SkipKind Kind, string Error, int Attempts);

/// <summary>A projection stopped at an event, because too many in a row had failed.</summary>
sealed class ProjectionPausedException(IEvent at, Exception failure)
    : Exception($"Paused before event {at.Sequence} ({at.EventTypeName}, version {at.Version} of stream {at.StreamId}), too many failed in a row: {failure.Message}", failure);
