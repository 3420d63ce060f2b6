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
    /// <summary>How long an instance that several processes handle is read each time.</summary>
    static readonly TimeSpan SharedFor = TimeSpan.FromSeconds(10);

    readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = Instances });

    public SagaRow<TSaga>? Find(Guid correlationId) =>
        cache.TryGetValue(correlationId, out Entry? entry) && entry is { Json: { } json } ? options.Read(json, entry.Version) : null;

    public void Remember(Guid correlationId, string json, int version)
    {
        if (cache.TryGetValue(correlationId, out Entry? entry) && entry is { Json: null })
            return;
        cache.Set(correlationId, new Entry(json, version), new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = Forget });
    }

    public void Evict(Guid correlationId)
    {
        if (cache.TryGetValue(correlationId, out Entry? entry) && entry is { Json: not null })
            cache.Remove(correlationId);
    }

    /// <summary>Another process handles this instance too: guessing costs more than reading.</summary>
    public void Share(Guid correlationId) =>
        cache.Set(correlationId, new Entry(null, 0), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = SharedFor });

    public void Dispose() => cache.Dispose();

    sealed record Entry(string? Json, int Version);
}
