namespace OptiInfra.Chaos.Judgement;

/// <summary>The log has no holes in its streams, and whoever followed it was given every event once and in order.</summary>
static class LogChecks
{
    public static IEnumerable<Finding> Of(Evidence evidence)
    {
        foreach (var stream in evidence.Events.GroupBy(e => e.StreamId))
        {
            var expected = 1L;
            foreach (var e in stream.OrderBy(e => e.Sequence))
                if (e.Version != expected++)
                {
                    yield return new(e.Version < expected - 1 ? Fate.Duplicated : Fate.Lost, $"stream {stream.Key} has version {e.Version} at sequence {e.Sequence}, where {expected - 1} belongs");
                    break;
                }
        }

        foreach (var again in evidence.Events.GroupBy(e => e.Id).Where(g => g.Count() > 1))
            yield return new(Fate.Duplicated, $"event {again.Key} is in the log {again.Count()} times");

        var followed = evidence.Followed.ToHashSet();
        foreach (var missed in evidence.Events.Where(e => !followed.Contains(e.Sequence)))
            yield return new(Fate.Lost, $"event {missed.Sequence} ({missed.EventTypeName}) was never given to the log's reader");
        foreach (var sequence in evidence.Misordered)
            yield return new(Fate.Duplicated, $"event {sequence} was given to the log's reader twice or out of order");
    }
}
