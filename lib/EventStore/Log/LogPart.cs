using System.Runtime.InteropServices;

namespace OptiInfra.EventStore;

/// <summary>How much of the log is handed out at once: a page ends with the event that reaches either.</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct PageSize(int Events, long Bytes = long.MaxValue)
{
    public bool IsReachedBy(int events, long bytes) => events >= Events || bytes >= Bytes;
}

/// <summary>A page of a reading that may have several.</summary>
/// <param name="Bytes">Of the events' data.</param>
/// <param name="EndsReading">It is the last one of its reading.</param>
/// <param name="EndsLog">At the time of the reading, nothing came behind it.</param>
sealed record LogPart(EventPage Page, long Bytes, bool EndsReading, bool EndsLog);
