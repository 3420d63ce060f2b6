using OptiInfra.Commands.LiveMigrations;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>A job's trainers as this proxy sees them: one that gets new requests, and those before it that still answer old ones.</summary>
sealed class ProxiedJob
{
    readonly Lock gate = new();
    readonly List<Trainer> draining = [];
    TaskCompletionSource changed = NewSignal();
    JobRoute route;
    Trainer? active;
    string? problem;
    bool isSwitching;
    int version;

    /// <param name="route">Where every proxy led is where this one leads too, without asking whether it is healthy.</param>
    public ProxiedJob(JobRoute route)
    {
        this.route = route;
        active = route.Confirmed is { } confirmed ? new Trainer(confirmed) : null;
    }

    public Guid Id => route.Id;

    public JobRoute Route
    {
        get
        {
            lock (gate)
                return route;
        }
    }

    /// <summary>Completes at the next change of the route.</summary>
    public Task Changed
    {
        get
        {
            lock (gate)
                return changed.Task;
        }
    }

    /// <summary>Rises with everything that is reported.</summary>
    public int Version
    {
        get
        {
            lock (gate)
                return version;
        }
    }

    /// <summary>Counts a request at the trainer that gets new ones; null where none does. <see cref="Leave"/> ends it.</summary>
    public Trainer? Enter()
    {
        lock (gate)
        {
            if (active is not null)
                active.InFlight++;
            return active;
        }
    }

    /// <summary>Whether the platform has seen this trainer go, and no other is to come in its place yet.</summary>
    public bool HasLost(Trainer trainer)
    {
        lock (gate)
            return route.IsLost(trainer.At) && route.Wanted == trainer.At;
    }

    public void Leave(Trainer trainer)
    {
        lock (gate)
        {
            trainer.InFlight--;
            if (trainer == active)
                return;
            if (trainer.InFlight == 0)
                draining.Remove(trainer);
            version++;
        }
    }

    /// <summary>Takes what an event says.</summary>
    /// <returns>True where somebody has to call <see cref="Pending"/> until it gives nothing more.</returns>
    public bool Update(JobRoute newer)
    {
        lock (gate)
        {
            route = newer;
            Signal();
            if (isSwitching || !IsPending)
                return false;
            return isSwitching = true;
        }
    }

    /// <summary>Where the route is to lead and does not yet; null ends the switching.</summary>
    public RouteTarget? Pending()
    {
        lock (gate)
        {
            if (IsPending)
                return route.Wanted;
            isSwitching = false;
            problem = null;
            version++;
            return null;
        }
    }

    /// <summary>Sends all requests from now on to the trainer, if it is still the one that is wanted.</summary>
    public bool SwitchTo(RouteTarget target)
    {
        lock (gate)
        {
            if (!IsPending || route.Wanted != target)
                return false;
            var next = draining.Find(trainer => trainer.At == target) ?? new Trainer(target);
            draining.Remove(next);
            if (active is { InFlight: > 0 })
                draining.Add(active);
            active = next;
            problem = null;
            version++;
            Signal();
            return true;
        }
    }

    public void Report(string why)
    {
        lock (gate)
        {
            if (problem == why)
                return;
            problem = why;
            version++;
        }
    }

    public (RouteReport Report, int Version) Reported(string proxyId)
    {
        lock (gate)
            return (new RouteReport(RouteReport.IdOf(proxyId, Id), proxyId, Id, active?.At, problem, [.. draining.Select(t => new DrainingTarget(t.At.Epoch, t.InFlight))]), version);
    }

    bool IsPending => !route.Closed && route.Wanted is { } wanted && wanted != active?.At;

    void Signal()
    {
        changed.SetResult();
        changed = NewSignal();
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Counted under the lock of its job.</summary>
    internal sealed class Trainer(RouteTarget at)
    {
        public RouteTarget At => at;
        public int InFlight { get; set; }
    }
}
