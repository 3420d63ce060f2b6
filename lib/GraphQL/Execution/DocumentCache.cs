using System.Collections.Concurrent;

namespace OptiInfra.GraphQL.Execution;

/// <summary>
/// Remembers what was made of texts, at most so many. Two generations: what is not asked for while the young one fills up
/// is forgotten, which keeps readers free of locks.
/// </summary>
sealed class DocumentCache<T>(int capacity) where T : class
{
    readonly int _perGeneration = Math.Max(1, capacity / 2);
    readonly Lock _gate = new();
    volatile ConcurrentDictionary<string, T> _young = new(StringComparer.Ordinal);
    volatile ConcurrentDictionary<string, T> _old = new(StringComparer.Ordinal);

    public int Count => _young.Count + _old.Count;

    public T GetOrAdd(string text, Func<string, T> make)
    {
        if (_young.TryGetValue(text, out var known)) return known;
        if (!_old.TryRemove(text, out known)) known = make(text);
        if (capacity <= 0) return known;
        lock (_gate)
        {
            if (_young.Count >= _perGeneration)
            {
                _old = _young;
                _young = new(StringComparer.Ordinal);
            }
            _young[text] = known;
        }
        return known;
    }
}
