using OptiInfra.EventStore;

namespace OptiInfra.Gateway.Health;

/// <summary>The read models, wherever they are built, follow the log, and none is paused.</summary>
sealed class ProjectionsCheck(GatewayOptions options, IDocumentStore store, TimeProvider clock) : ReadinessCheck(options)
{
    protected override async Task<ReadinessProblem?> CheckAsync(CancellationToken cancellationToken)
    {
        var problems = new List<ReadinessProblem>();
        foreach (var read in await ReadHereAsync(cancellationToken))
        {
            if (read.Error is not null)
                problems.Add(new($"Projection {read.Name} is paused.", $"Projection {read.Name}: {read.Error}"));
            else if (await LogLag.ProblemAsync(store, clock, $"Projection {read.Name}", read.Position, Options.MaxLag, cancellationToken) is { } problem)
                problems.Add(new(problem));
        }

        return problems.Count == 0 ? null : new(string.Join(' ', problems.Select(p => p.Reason)), string.Join(' ', problems.Select(p => p.Detail)));
    }

    /// <summary>Of each asynchronous projection the version that this program reads now: its own, else the newest that is ready.</summary>
    async Task<IEnumerable<ProjectionStatus>> ReadHereAsync(CancellationToken cancellationToken) =>
        from status in await store.AllProjectionProgressAsync(cancellationToken)
        where status.Lifecycle == ProjectionLifecycle.Async && store.Options.Projections.All.Any(p => p.Projection.Name == status.Name)
        group status by status.Name into versions
        select versions.OrderByDescending(v => v.State == ProjectionState.Ready).ThenByDescending(v => v.IsOwn).ThenByDescending(v => v.Version).First();
}
