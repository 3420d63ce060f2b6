using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Memory;
using OptiInfra.Commands.LiveMigrations;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>The open routes of all jobs, in memory.</summary>
sealed class RouteTable(JobRoutes kept) : IDisposable
{
    const int MostRemembered = 10_000;
    const int AskedAtOnce = 4;
    static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<Guid, ProxiedJob> open = new();
    /// <summary>Jobs that are not open: whether they have ended (true) or never were (false).</summary>
    readonly MemoryCache others = new(new MemoryCacheOptions { SizeLimit = MostRemembered });
    readonly SemaphoreSlim asking = new(AskedAtOnce);

    public IEnumerable<ProxiedJob> Open => open.Values;

    public ProxiedJob? Find(Guid job) => open.GetValueOrDefault(job);

    public ProxiedJob Add(JobRoute route) => open[route.Id] = new ProxiedJob(route);

    public void Close(Guid job) => open.TryRemove(job, out _);

    /// <summary>Whether a job that is not open has ended; asked of the database, and only now and then.</summary>
    public async Task<bool> HasEndedAsync(Guid job, CancellationToken cancellationToken)
    {
        if (others.TryGetValue(job, out bool ended))
            return ended;
        await asking.WaitAsync(cancellationToken);
        try
        {
            if (others.TryGetValue(job, out ended))
                return ended;
            ended = await kept.FindAsync(job, cancellationToken) is { Closed: true };
            return others.Set(job, ended, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Remembered });
        }
        finally
        {
            asking.Release();
        }
    }

    public void Dispose()
    {
        others.Dispose();
        asking.Dispose();
    }
}
