using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>Makes routes of the log's events: from the kept routes on, and for as long as the proxy runs.</summary>
sealed partial class RouteFollower(IDocumentStore store, JobRoutes kept, RouteTable table, RouteSwitching switching, ProxyReporting reporting, ILogger<RouteFollower> logger)
{
    const int PageSize = 500;
    /// <summary>Also without a route among them, so that the next start has not far to read.</summary>
    const int KeepAfterEvents = 10_000;

    static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    readonly Channel<bool> toKeep = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly Lock gate = new();
    readonly Dictionary<Guid, JobRoute> unkept = [];
    long keptTo;
    long readTo;

    /// <summary>Up to where in the log its routes are known.</summary>
    public long ReadTo => Volatile.Read(ref readTo);

    /// <summary>Takes the kept routes, and what the log has had to say of routes since.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var (routes, position) = await kept.LoadAsync(cancellationToken);
        keptTo = readTo = position;
        var known = routes.ToDictionary(route => route.Id);
        for (var full = true; full;)
        {
            var page = await store.Log.ReadAsync(readTo, PageSize, cancellationToken);
            foreach (var e in page.Events)
                if (Changed(known.GetValueOrDefault(e.StreamId), e) is { } route)
                    known[route.Id] = route;
            readTo = page.Ceiling;
            full = page.Events.Count == PageSize;
        }

        foreach (var route in known.Values.Where(route => !route.Closed))
            switching.Take(table.Add(route), route);
        if (unkept.Count > 0)
            toKeep.Writer.TryWrite(true);
    }

    /// <summary>Takes what comes, for as long as the proxy runs.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        await foreach (var page in store.Log.FollowAsync(readTo, PageSize, cancellationToken))
        {
            var routes = page.Events.Count(Take);
            Volatile.Write(ref readTo, page.Ceiling);
            if (routes > 0 || page.Ceiling - Volatile.Read(ref keptTo) >= KeepAfterEvents)
                toKeep.Writer.TryWrite(true);
        }
    }

    /// <summary>Keeps what was taken; tried until it succeeds.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in toKeep.Reader.ReadAllAsync(cancellationToken))
            while (!await TryKeepAsync(cancellationToken))
                await Task.Delay(BetweenAttempts, TimeProvider.System, cancellationToken);
    }

    /// <returns>The route after an event that changes it, which is to be kept; null where the event does not.</returns>
    JobRoute? Changed(JobRoute? before, IEvent e)
    {
        if (JobRoute.After(before, e.Data, e.TenantId, e.Sequence) is not { } route || route == before)
            return null;
        lock (gate)
            unkept[route.Id] = route;
        return route;
    }

    /// <returns>Whether it changed a route.</returns>
    bool Take(IEvent e)
    {
        var job = table.Find(e.StreamId);
        if (Changed(job?.Route, e) is not { } route)
            return false;
        if (!route.Closed)
        {
            switching.Take(job ?? table.Add(route), route);
            return true;
        }

        table.Close(route.Id);
        if (job is not null)
            switching.Take(job, route);
        reporting.Wake();
        return true;
    }

    /// <summary>Whichever proxy comes first keeps them.</summary>
    async Task<bool> TryKeepAsync(CancellationToken cancellationToken)
    {
        var to = ReadTo;
        List<JobRoute> routes;
        lock (gate)
            routes = [.. unkept.Values];
        try
        {
            while (keptTo < to)
                Volatile.Write(ref keptTo, await kept.KeepAsync(routes, keptTo, to, cancellationToken));
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogNotKept(e.Message, BetweenAttempts);
            return false;
        }

        lock (gate)
            foreach (var route in routes)
                if (ReferenceEquals(unkept.GetValueOrDefault(route.Id), route))
                    unkept.Remove(route.Id);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "The routes of jobs could not be kept ({Reason}); trying again in {Delay}")]
    partial void LogNotKept(string reason, TimeSpan delay);
}
