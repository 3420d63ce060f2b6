using OptiInfra.EventStore;

namespace OptiInfra.Gateway.Health;

/// <summary>The read models, wherever they are built, follow the log.</summary>
sealed class ProjectionsCheck(GatewayOptions options, IDocumentStore store, TimeProvider clock) : ReadinessCheck(options)
{
    protected override async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var (projection, lifecycle) in store.Options.Projections.All)
        {
            if (lifecycle is not ProjectionLifecycle.Async)
                continue;
            // as the store's daemon names the progress of a shard
            var position = await store.Progression.LoadAsync($"projection:{projection.Name}:v{projection.Version}", cancellationToken);
            if (await LogLag.ProblemAsync(store, clock, $"Projection {projection.Name}", position, Options.MaxLag, cancellationToken) is { } problem)
                problems.Add(problem);
        }

        return problems.Count == 0 ? null : string.Join(' ', problems);
    }
}
