namespace OptiInfra.Chaos.Judgement;

/// <summary>Each endpoint handled each event that it subscribes to, once, and no message lies where nobody takes it.</summary>
static class EndpointChecks
{
    public static IEnumerable<Finding> Of(Evidence evidence)
    {
        var inbox = evidence.Inbox.GroupBy(row => row).ToDictionary(g => g.Key, g => g.Count());
        var byType = evidence.Events.ToLookup(e => e.EventType);
        foreach (var subscription in evidence.Subscriptions)
            foreach (var e in byType[subscription.EventType].Where(e => !inbox.ContainsKey(new Handled(subscription.Endpoint, e.Id))))
                yield return new(Fate.Lost, $"{subscription.Endpoint} has not handled event {e.Sequence} ({e.EventTypeName}, {e.Id}) of {e.StreamId}");
        foreach (var (row, times) in inbox.Where(row => row.Value > 1))
            yield return new(Fate.Duplicated, $"{row.Endpoint} has handled message {row.MessageId} {times} times");
        foreach (var left in evidence.LeftMessages)
            yield return new(Fate.Lost, $"message {left.MessageId} lies in {left.Queue}: {left.Reason}");
    }
}
