using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.Pages;

/// <summary>Plain pages about migrations, from the read models. <c>?customer=</c> names the customer, where the caller has several.</summary>
static class PageEndpoints
{
    const int Listed = 100;

    public static void MapPages(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", ListAsync);
        endpoints.MapGet("/migrations/{id:guid}", ShowAsync);
        endpoints.MapGet("/site.css", () => Results.Text(StyleSheet.Text, "text/css; charset=utf-8")).WithoutSignIn();
    }

    static async Task<IResult> ListAsync(HttpContext context, IDocumentStore store, AccessGuard guard, CancellationToken cancellationToken)
    {
        var choice = guard.Choose(context, "Page.migrations");
        if (choice is not CustomerChoice.Chosen { Customer: var customer })
            return Refused(choice);
        await using var session = store.QuerySession(customer);
        var migrations = await session.QueryAsync<MigrationSummary>(
            string.Create(CultureInfo.InvariantCulture, $"order by (data->>'requestedAt') collate \"C\" desc, id desc limit {Listed}"), cancellationToken);
        return Html(MigrationListPage.Of(customer, context.RequiredCaller().Name, migrations));
    }

    static async Task<IResult> ShowAsync(HttpContext context, IDocumentStore store, AccessGuard guard, Guid id, CancellationToken cancellationToken)
    {
        var choice = guard.Choose(context, "Page.migration");
        if (choice is not CustomerChoice.Chosen { Customer: var customer })
            return Refused(choice);
        await using var session = store.QuerySession(customer);
        if (await session.LoadAsync<MigrationSummary>(id, cancellationToken) is not { } summary)
            return Html(MissingPage.Of(id, "migration", "/"), StatusCodes.Status404NotFound);
        var moves = await session.LoadAsync<MigrationMoves>(id, cancellationToken);
        var timeline = await session.LoadAsync<MigrationTimeline>(id, cancellationToken);
        return Html(MigrationPage.Of(customer, summary, moves, timeline));
    }

    internal static IResult Refused(CustomerChoice choice) =>
        Html(RefusedPage.Of(((CustomerChoice.Refused)choice).Denied.Reason), StatusCodes.Status403Forbidden);

    internal static IResult Html(string page, int statusCode = StatusCodes.Status200OK) =>
        Results.Text(page, "text/html; charset=utf-8", System.Text.Encoding.UTF8, statusCode);
}
