using System.Globalization;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.Metadata;

/// <summary>
/// The instance metadata service, version 2, at /imds/ID/latest/… for each instance; AWS's SDKs are pointed there by
/// AWS_EC2_METADATA_SERVICE_ENDPOINT. Version 1, without a token, is refused as on instances that require tokens.
/// </summary>
public static class MetadataEndpoints
{
    private const string TokenHeader = "X-aws-ec2-metadata-token";
    private const string LifeHeader = "X-aws-ec2-metadata-token-ttl-seconds";

    public static void MapMetadata(this IEndpointRouteBuilder routes, Cloud cloud, InstanceCredentials credentials, TimeProvider wall)
    {
        var tokens = new MetadataTokens(credentials, wall);
        var metadata = new InstanceMetadata(credentials, wall);
        routes.MapPut("/imds/{id}/latest/api/token", (string id, HttpContext context) => Token(cloud, tokens, id, context));
        routes.MapGet("/imds/{id}/latest/{**path}", (string id, string? path, HttpContext context) =>
            tokens.IsValid(context.Request.Headers[TokenHeader], id)
                ? cloud.Enter(now => Reachable(cloud, id, now) is { } instance && metadata.Find(instance, path ?? string.Empty) is { } document
                    ? Results.Text(document)
                    : Results.NotFound())
                : Results.Unauthorized());
    }

    /// <summary>Some SDKs put a slash between the endpoint and the path even where the endpoint ends with one.</summary>
    public static Task JoinAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value is { } path && path.StartsWith("/imds/", StringComparison.Ordinal))
        {
            context.Request.Path = path.Replace("//", "/", StringComparison.Ordinal);
        }

        return next(context);
    }

    private static IResult Token(Cloud cloud, MetadataTokens tokens, string id, HttpContext context)
    {
        // a request that came through a proxy is one that somebody outside may have forged
        if (context.Request.Headers.ContainsKey("X-Forwarded-For"))
        {
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        }

        if (!int.TryParse(context.Request.Headers[LifeHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 1 or > MetadataTokens.LongestSeconds)
        {
            return Results.StatusCode(StatusCodes.Status400BadRequest);
        }

        return cloud.Enter(now =>
        {
            if (Reachable(cloud, id, now) is null)
            {
                return Results.NotFound();
            }

            context.Response.Headers[LifeHeader] = seconds.ToString(CultureInfo.InvariantCulture);
            return Results.Text(tokens.Issue(id, seconds));
        });
    }

    /// <summary>The service answers as long as there is anybody on the machine who could ask.</summary>
    private static Instance? Reachable(Cloud cloud, string id, DateTimeOffset now) =>
        cloud.FindEver(id) is { } instance && instance.StateAt(now) is not (InstanceState.Terminated or InstanceState.Stopped) ? instance : null;
}
