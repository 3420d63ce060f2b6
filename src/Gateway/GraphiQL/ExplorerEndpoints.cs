using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Gateway.Access;
using OptiInfra.Gateway.Http;
using OptiInfra.Gateway.Pages;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.Gateway.GraphiQL;

/// <summary>
/// GraphiQL for people in a browser, by their session. It needs nothing from elsewhere, and reads the schema from here, so
/// that introspection may stay off.
/// </summary>
static class ExplorerEndpoints
{
    public const string Path = "/graphiql";

    public static void MapExplorer(this IEndpointRouteBuilder endpoints)
    {
        var bundle = new ExplorerBundle(endpoints.ServiceProvider.GetRequiredService<GatewayOptions>().GraphiQLFolder);
        var schema = SchemaPrinter.Print(endpoints.ServiceProvider.GetRequiredService<Schema>());
        endpoints.MapGet(Path, (HttpContext context, AccessGuard guard) => ShowPage(context, guard, bundle));
        endpoints.MapGet(Path + "/schema.graphql", (HttpContext context, AccessGuard guard) =>
            guard.Check(context, "Page.graphiql") is AccessVerdict.Denied denied ? Refused(denied) : Results.Text(schema, "text/plain; charset=utf-8"));
        endpoints.MapGet(Path + "/{file}", (HttpContext context, string file) => SendFile(context, bundle.Find(file)));
    }

    static IResult ShowPage(HttpContext context, AccessGuard guard, ExplorerBundle bundle)
    {
        if (guard.Check(context, "Page.graphiql") is AccessVerdict.Denied denied)
            return Refused(denied);
        if (!bundle.IsHere)
            return Html(ExplorerPage.WithoutBundle);
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.Explorer;
        return Html(ExplorerPage.WithBundle);
    }

    static IResult SendFile(HttpContext context, ExplorerFile? file)
    {
        if (file is null)
            return Results.NotFound();
        var headers = context.Response.Headers;
        // the browser keeps it and asks whether it is still the same
        headers.CacheControl = "private, no-cache";
        headers.Vary = "Accept-Encoding";
        var compressed = file.CompressedPath is not null && context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        if (compressed)
            headers.ContentEncoding = "gzip";
        return Results.File(compressed ? file.CompressedPath! : file.Path, file.ContentType, entityTag: file.Tag);
    }

    static IResult Refused(AccessVerdict.Denied denied) => Html(RefusedPage.Of(denied.Reason), StatusCodes.Status403Forbidden);

    static IResult Html(string page, int status = StatusCodes.Status200OK) => Results.Text(page, "text/html; charset=utf-8", System.Text.Encoding.UTF8, status);
}
