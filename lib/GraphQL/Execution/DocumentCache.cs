using System.Collections.Concurrent;

namespace OptiInfra.GraphQL.Execution;

/// <summary>
/// Remembers what was made of texts, at most so many and of so many characters together, since what is made of a text takes
/// up to a hundred times as much memory: strangers choose the texts. Two generations: what is not asked for while the young one fills up
/// is forgotten, which keeps readers free of locks.
/// </summary>
/// <param name="keep">Whether something is worth being remembered.</param>
sealed class DocumentCache<T>(int capacity, int characters, Func<T, bool> keep) where T : class
{
    readonly int _perGeneration = Math.Max(1, capacity / 2);
    int _youngCharacters;
    readonly Lock _gate = new();
    volatile ConcurrentDictionary<string, T> _young = new(StringComparer.Ordinal);
    volatile ConcurrentDictionary<string, T> _old = new(StringComparer.Ordinal);

    public int Count => _young.Count + _old.Count;

    public T GetOrAdd(string text, Func<string, T> make)
    {
        if (_young.TryGetValue(text, out var known)) return known;
        if (!_old.TryRemove(text, out known)) known = make(text);
        // one large text must not drive out all the others
        if (capacity <= 0 || text.Length > characters / 8 || !keep(known)) return known;
        lock (_gate)
        {
            if (_young.Count >= _perGeneration || _youngCharacters + text.Length > characters / 2)
            {
                _old = _young;
                _young = new(StringComparer.Ordinal);
                _youngCharacters = 0;
            }
            if (_young.TryAdd(text, known)) _youngCharacters += text.Length;
        }
        return known;
    }
}
