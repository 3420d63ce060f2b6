using Microsoft.Extensions.Caching.Memory;

namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>
/// The instances that this process wrote last, so that the next message need not read them. A guess only: the version check of
/// the commit finds out when another process was there meanwhile, and what was decided on a stale state is undone and decided again.
/// </summary>
sealed class SagaCache<TSaga>(PostgresSagaOptions<TSaga> options) : IDisposable where TSaga : class, MassTransit.ISaga
{
    const int Instances = 10_000;
    static readonly TimeSpan Forget = TimeSpan.FromMinutes(10);
    /// <summary>How long the instances of a saga that several processes handle are read each time.</summary>
    static readonly TimeSpan SharedFor = TimeSpan.FromSeconds(10);
    static readonly object Shared = new();

    readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = Instances });

    public SagaRow<TSaga>? Find(Guid correlationId) =>
        cache.TryGetValue(correlationId, out Entry? entry) ? options.Read(entry!.Json, entry.Version) : null;

    public void Remember(Guid correlationId, string json, int version)
    {
        if (!cache.TryGetValue(Shared, out _))
            cache.Set(correlationId, new Entry(json, version), new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = Forget });
    }

    public void Evict(Guid correlationId) => cache.Remove(correlationId);

    /// <summary>
    /// Another process takes messages of this saga too, and next time those of any instance: guessing costs more than reading, not
    /// least the messages that would have shared the commit of a stale guess.
    /// </summary>
    public void Share()
    {
        cache.Clear();
        cache.Set(Shared, Shared, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = SharedFor });
    }

    public void Dispose() => cache.Dispose();

    sealed record Entry(string Json, int Version);
}
