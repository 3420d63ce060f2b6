using OptiInfra.EventStore;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>How far the relay, which brings events onto the bus, is behind the log.</summary>
/// <param name="Position">Up to which sequence it has published.</param>
/// <param name="Lag">Positions that it is behind.</param>
/// <param name="WaitingSince">When the oldest event that it has not published was appended; null where none waits.</param>
/// <param name="Problem">What holds it up; told only to callers of all customers.</param>
sealed record RelayLag(long Position, long HighWaterMark, long Lag, DateTimeOffset? WaitingSince, string? Problem);

/// <summary>How far one version of a projection is behind the log.</summary>
/// <param name="IsOwn">It is the version of this program.</param>
/// <param name="Lag">Positions that it is behind.</param>
/// <param name="IsLed">A process works on it now.</param>
/// <param name="IsRebuilding">It is being built from the whole log.</param>
/// <param name="Rebuild">How far that has come; null when it is not.</param>
/// <param name="Skipped">Streams that are set aside.</param>
/// <param name="Error">Why it is paused; told only to callers of all customers.</param>
sealed record ProjectionLag(
    string Name, int Version, bool IsOwn, ProjectionLifecycle Lifecycle, ProjectionState State, long Position, long HighWaterMark, long Lag, bool IsLed, bool IsRebuilding,
    RebuildState? Rebuild, long Skipped, string? Error)
{
    /// <param name="withError">Reasons name streams, and those may be other customers'.</param>
    internal static ProjectionLag Of(ProjectionStatus p, bool withError) => new(
        p.Name, p.Version, p.IsOwn, p.Lifecycle, p.State, p.Position, p.HighWaterMark, p.Lag, p.IsLed, p.Rebuild is not null,
        p.Rebuild is { } rebuild ? new RebuildState(rebuild.Sequence, rebuild.Ceiling, rebuild.EventsPerSecond) : null, p.Skipped, withError ? p.Error : null);
}

/// <summary>How far a rebuild has come, in positions of the log.</summary>
/// <param name="Ceiling">Where it is to end.</param>
/// <param name="EventsPerSecond">0 while that is not known.</param>
sealed record RebuildState(long Position, long Ceiling, double EventsPerSecond);
