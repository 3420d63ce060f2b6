using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Collectors;

/// <summary>What was served between two snapshots.</summary>
public static class QualityWindows
{
    /// <summary>The difference, or why there is none: counters that went down mean that the server restarted in between.</summary>
    public static (QualityWindow? Window, string? Problem) Between(QualitySnapshot from, QualitySnapshot to)
    {
        if (!from.UpperBoundsSeconds.SequenceEqual(to.UpperBoundsSeconds))
            return (null, $"{to.InstanceId}: its histogram has other buckets than before");
        var cumulative = to.Buckets.Zip(from.Buckets, (after, before) => after - before).ToArray();
        if (cumulative.Any(c => c < 0) || to.Errors < from.Errors || to.Requests < from.Requests)
            return (null, $"{to.InstanceId}: its counters went down; it was restarted");
        var counts = new long[cumulative.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = cumulative[i] - (i == 0 ? 0 : cumulative[i - 1]);
            if (counts[i] < 0)
                return (null, $"{to.InstanceId}: its buckets are not cumulative");
        }

        return (new QualityWindow(to.InstanceId, from.At, to.At, to.UpperBoundsSeconds, counts, to.Requests - from.Requests, to.Errors - from.Errors), null);
    }

    /// <summary>Everything that an instance has served since it started, for one that was launched inside the window.</summary>
    public static (QualityWindow? Window, string? Problem) SinceStart(QualitySnapshot to, DateTimeOffset startedAt) =>
        Between(to with { At = startedAt, Buckets = [.. to.Buckets.Select(_ => 0L)], Requests = 0, Errors = 0 }, to);
}
