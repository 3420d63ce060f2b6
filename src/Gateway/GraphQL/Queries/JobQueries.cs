using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;
using OptiInfra.GraphQL.Execution;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

[QueryType]
static class JobQueries
{
    static readonly DocumentPages<JobSummary, JobSummary> Summaries = new(
        DocumentFields.Of<Job>(new Dictionary<string, DocumentField>(StringComparer.Ordinal)
        {
            ["id"] = new DocumentField.Leaf("id", "id", LeafKind.Text, IsNullable: false),
            ["customer"] = DocumentFields.Leaf("data", "customerId", typeof(string), isNullable: false),
            // a read model is of no version
            ["version"] = new DocumentField.Leaf("null::numeric", "null::numeric", LeafKind.Number),
        }),
        usual: "submittedAt");

    /// <summary>The customer's training jobs, the newest first unless sorted otherwise.</summary>
    [UsePaging(IncludeTotalCount = true), UseFiltering, UseSorting]
    public static Task<Connection<Job>> GetJobsAsync(
        string? customer, PagingArguments paging, IResolverContext fieldContext, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken) =>
        Summaries.ReadAsync(store, guard.RequireCustomer(context, "Query.jobs", customer), fieldContext, paging, summary => new Job(summary, null), cancellationToken);

    /// <summary>One training job as the read models show it; null where the customer has none of this id.</summary>
    public static async Task<Job?> GetJobAsync(
        Guid id, string? customer, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(guard.RequireCustomer(context, "Query.job", customer));
        return await session.LoadAsync<JobSummary>(id, cancellationToken) is { } summary ? new Job(summary, null) : null;
    }
}
