namespace OptiInfra.CloudSim.Pricing;

/// <summary>The few price histories that callers are paging through, so that a page does not cost the whole history again.</summary>
public sealed class PricePages
{
    private const int Kept = 4;
    private readonly LinkedList<(string Key, List<SpotPriceChange> Changes)> _recent = [];

    public IReadOnlyList<SpotPriceChange> GetOrAdd(string key, Func<List<SpotPriceChange>> collect)
    {
        for (var node = _recent.First; node is not null; node = node.Next)
        {
            if (string.Equals(node.Value.Key, key, StringComparison.Ordinal))
            {
                _recent.Remove(node);
                _recent.AddFirst(node);
                return node.Value.Changes;
            }
        }

        var changes = collect();
        _recent.AddFirst((key, changes));
        if (_recent.Count > Kept)
        {
            _recent.RemoveLast();
        }

        return changes;
    }

    public void Forget() => _recent.Clear();
}
