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

    readonly Dictionary<Guid, JobRoute> unkept = [];
    long keptTo;
    long readTo;

    /// <summary>Up to where in the log its routes are known.</summary>
    public long ReadTo => Volatile.Read(ref readTo);

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var (routes, position) = await kept.LoadAsync(cancellationToken);
        keptTo = readTo = position;
        foreach (var route in routes)
            switching.Take(table.Add(route), route);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var page in store.Log.FollowAsync(readTo, PageSize, cancellationToken))
        {
            foreach (var e in page.Events)
                Take(e);
            Volatile.Write(ref readTo, page.Ceiling);
            if (unkept.Count > 0 || readTo - keptTo >= KeepAfterEvents)
                await KeepAsync(cancellationToken);
        }
    }

    void Take(IEvent e)
    {
        var job = table.Find(e.StreamId);
        if (JobRoute.After(job?.Route, e.Data, e.TenantId, e.Sequence) is not { } route || route == job?.Route)
            return;
        unkept[route.Id] = route;
        if (!route.Closed)
        {
            switching.Take(job ?? table.Add(route), route);
            return;
        }

        table.Close(route.Id);
        if (job is not null)
            switching.Take(job, route);
        reporting.Wake();
    }

    /// <summary>Whichever proxy comes first keeps them; what cannot be kept now goes with the next.</summary>
    async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (keptTo < readTo)
                keptTo = await kept.KeepAsync(unkept.Values, keptTo, readTo, cancellationToken);
            unkept.Clear();
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogNotKept(e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The routes of jobs could not be kept this time: {Reason}")]
    partial void LogNotKept(string reason);
}
