using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OptiInfra.EventStore;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.Pages;

/// <summary>Plain pages about migrations, from the read models. <c>?customer=</c> names the customer.</summary>
static class PageEndpoints
{
    const int Listed = 100;

    public static void MapPages(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", ListAsync);
        endpoints.MapGet("/migrations/{id:guid}", ShowAsync);
        endpoints.MapGet("/site.css", () => Results.Text(StyleSheet.Text, "text/css; charset=utf-8"));
    }

    static async Task<IResult> ListAsync(IDocumentStore store, string? customer, CancellationToken cancellationToken)
    {
        var tenant = customer ?? EventStore.SessionOptions.DefaultTenant;
        await using var session = store.QuerySession(tenant);
        var migrations = await session.QueryAsync<MigrationSummary>(
            string.Create(CultureInfo.InvariantCulture, $"order by data->>'requestedAt' desc limit {Listed}"), cancellationToken);
        return Html(MigrationListPage.Of(tenant, migrations));
    }

    static async Task<IResult> ShowAsync(IDocumentStore store, Guid id, string? customer, CancellationToken cancellationToken)
    {
        var tenant = customer ?? EventStore.SessionOptions.DefaultTenant;
        await using var session = store.QuerySession(tenant);
        if (await session.LoadAsync<MigrationSummary>(id, cancellationToken) is not { } summary)
            return Html(MissingPage.Of(id), StatusCodes.Status404NotFound);
        var moves = await session.LoadAsync<MigrationMoves>(id, cancellationToken);
        var timeline = await session.LoadAsync<MigrationTimeline>(id, cancellationToken);
        return Html(MigrationPage.Of(tenant, summary, moves, timeline));
    }

    static IResult Html(string page, int statusCode = StatusCodes.Status200OK) =>
        Results.Text(page, "text/html; charset=utf-8", System.Text.Encoding.UTF8, statusCode);
}
