using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.Pages;

/// <summary>Plain pages about training jobs, from the read models; customers as with migrations.</summary>
static class JobPageEndpoints
{
    const int Listed = 100;

    public static void MapJobPages(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/jobs", ListAsync);
        endpoints.MapGet("/jobs/{id:guid}", ShowAsync);
    }

    static async Task<IResult> ListAsync(HttpContext context, IDocumentStore store, AccessGuard guard, TimeProvider clock, CancellationToken cancellationToken)
    {
        var choice = guard.Choose(context, "Page.jobs");
        if (choice is not CustomerChoice.Chosen { Customer: var customer })
            return PageEndpoints.Refused(choice);
        await using var session = store.QuerySession(customer);
        var jobs = await session.QueryAsync<JobSummary>(
            string.Create(CultureInfo.InvariantCulture, $"order by (data->>'submittedAt') collate \"C\" desc, id desc limit {Listed}"), cancellationToken);
        return PageEndpoints.Html(JobListPage.Of(customer, jobs, clock.GetUtcNow()));
    }

    static async Task<IResult> ShowAsync(HttpContext context, IDocumentStore store, AccessGuard guard, TimeProvider clock, Guid id, CancellationToken cancellationToken)
    {
        var choice = guard.Choose(context, "Page.job");
        if (choice is not CustomerChoice.Chosen { Customer: var customer })
            return PageEndpoints.Refused(choice);
        await using var session = store.QuerySession(customer);
        if (await session.LoadAsync<JobSummary>(id, cancellationToken) is not { } summary)
            return PageEndpoints.Html(MissingPage.Of(id, "job", "/jobs"), StatusCodes.Status404NotFound);
        return PageEndpoints.Html(JobPage.Of(customer, summary, await session.LoadAsync<JobHistory>(id, cancellationToken), clock.GetUtcNow()));
    }
}
