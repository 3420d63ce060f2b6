namespace OptiInfra.EventStore;

/// <summary>Which aggregates are kept now and then, so that a long stream need not be folded from its beginning.</summary>
public sealed class SnapshotOptions
{
    readonly Dictionary<Type, SnapshotMapping> byType = [];

    /// <summary>
    /// Keeps the state of <typeparamref name="T"/> whenever <paramref name="every"/> events or more had to be folded. It is
    /// written and read with the store's serializer and must survive that: a state that comes back from its JSON must be
    /// the same. A snapshot is used only by a program whose code of the aggregate and its events is the very same; raise
    /// <paramref name="version"/> where something else changes what a state means.
    /// </summary>
    public SnapshotOptions For<T>(int every, int version = 1) where T : class
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        byType[typeof(T)] = new SnapshotMapping(typeof(T), DocumentMapping.Snake(typeof(T).Name), every, version);
        return this;
    }

    internal SnapshotMapping? Of(Type type) => byType.GetValueOrDefault(type);
}

/// <param name="Name">Under which snapshots of the type are kept.</param>
sealed record SnapshotMapping(Type Type, string Name, int Every, int Version);
