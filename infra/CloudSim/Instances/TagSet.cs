namespace OptiInfra.CloudSim.Instances;

/// <summary>The tags of an instance, and what they were at any instant: traffic follows a tag from the moment it is set.</summary>
public sealed class TagSet
{
    private readonly SortedDictionary<string, string> _tags = new(StringComparer.Ordinal);
    private List<Change>? _changes;

    private sealed record Change(DateTimeOffset At, string Key, string? Before);

    public IReadOnlyDictionary<string, string> Current => _tags;

    public string? this[string key] => _tags.GetValueOrDefault(key);

    /// <summary>Sets a tag that was there from the beginning.</summary>
    public void Start(string key, string value) => _tags[key] = value;

    public void Set(string key, string value, DateTimeOffset at)
    {
        if (_tags.TryGetValue(key, out var before) && string.Equals(before, value, StringComparison.Ordinal))
        {
            return;
        }

        (_changes ??= []).Add(new Change(at, key, before));
        _tags[key] = value;
    }

    public void Remove(string key, DateTimeOffset at)
    {
        if (_tags.Remove(key, out var before))
        {
            (_changes ??= []).Add(new Change(at, key, before));
        }
    }

    /// <summary>The value of the tag at the instant, or null where it was absent.</summary>
    public string? ValueAt(string key, DateTimeOffset instant)
    {
        if (_changes is not null)
        {
            foreach (var change in _changes)
            {
                if (change.At > instant && string.Equals(change.Key, key, StringComparison.Ordinal))
                {
                    return change.Before;
                }
            }
        }

        return this[key];
    }
}
