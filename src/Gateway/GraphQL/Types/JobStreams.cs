using OptiInfra.EventStore;
using OptiInfra.GraphQL.Execution;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Training jobs as their streams tell them: exact, also where the read models are behind.</summary>
static class JobStreams
{
    public static JobSummaryProjection Summary { get; } = new();

    /// <returns>Null where the customer has no such job.</returns>
    public static async Task<Job?> ReadAsync(IDocumentStore store, string customer, Guid id, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(customer);
        var events = await session.Events.FetchStreamAsync(id, cancellationToken: cancellationToken);
        return Fold.Of(Summary, events) is { } summary ? new Job(summary, events[^1].Version) : null;
    }
}

sealed class JobHistoryLoader(IBatchScheduler scheduler, IDocumentStore store)
    : MigrationLoader<JobHistory>(scheduler, store, Projection, history => history.Id)
{
    static readonly JobHistoryProjection Projection = new();
}
