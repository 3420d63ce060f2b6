using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace OptiInfra.Messaging;

/// <summary>Which endpoint of the program takes which messages, wherever it runs: noted while the endpoints are configured.</summary>
public sealed class Subscriptions
{
    readonly ConcurrentDictionary<string, ConcurrentDictionary<Type, bool>> byEndpoint = new(StringComparer.Ordinal);

    /// <summary>Names of the queues.</summary>
    public IReadOnlyList<string> Endpoints => [.. byEndpoint.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What an endpoint takes; empty for a name that is none.</summary>
    public IReadOnlySet<Type> Of(string endpoint) =>
        byEndpoint.TryGetValue(endpoint, out var types) ? types.Keys.ToFrozenSet() : FrozenSet<Type>.Empty;

    /// <summary>Whether any endpoint takes it: then it must find a queue.</summary>
    public bool Any(Type message) => byEndpoint.Values.Any(types => types.ContainsKey(message));

    internal void Add(string endpoint, Type message) => byEndpoint.GetOrAdd(endpoint, _ => new()).TryAdd(message, true);
}
