using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Control;

/// <summary>The API under /control by which tests and demonstrations look behind the scenes and make things go wrong. It is not signed.</summary>
public static class ControlEndpoints
{
    public static void MapControl(this IEndpointRouteBuilder routes, Cloud cloud)
    {
        var control = routes.MapGroup("/control");
        control.MapGet("/state", () => cloud.Enter(now => Results.Ok(State(cloud, now))));
        control.MapGet("/instances/{id}", (string id) => cloud.Enter(now => cloud.Find(id, now) is { } instance
            ? Results.Ok(InstanceView.Of(cloud, instance, now))
            : Results.NotFound(new ErrorView($"there is no instance {id}"))));
        control.MapGet("/clock", () => cloud.Enter(now => Results.Ok(Clock(cloud, now))));
        control.MapPost("/clock/advance", (AdvanceRequest request) => Advance(cloud, request));
        control.MapGet("/launches", () => cloud.Enter(_ => Results.Ok(cloud.Launches.ToArray())));
        control.MapGet("/faults", () => cloud.Enter(now => Results.Ok(cloud.Faults.All.Select(placed => FaultView.Of(placed, now)).ToArray())));
        control.MapPost("/faults", (Fault fault) => Place(cloud, fault));
        control.MapDelete("/faults", () => cloud.Enter(now =>
        {
            cloud.Faults.TakeBackAll(now);
            return Results.NoContent();
        }));
        control.MapDelete("/faults/{id}", (string id) => cloud.Enter(now =>
            cloud.Faults.TakeBack(id, now) ? Results.NoContent() : Results.NotFound(new ErrorView($"there is no fault {id}"))));
        control.MapPost("/interruptions", (InterruptionFault fault) => Place(cloud, fault));
        control.MapPost("/degrade", (DegradeFault fault) => Place(cloud, fault));
        control.MapPost("/throttling", (ThrottlingRequest request) => cloud.Enter(_ =>
        {
            cloud.Rates.Enabled = request.Enabled;
            return Results.NoContent();
        }));
        control.MapPost("/reset", () => cloud.Enter(_ =>
        {
            cloud.Reset();
            return Results.NoContent();
        }));
    }

    /// <summary>A body that cannot be read is answered with the reason; without this ASP.NET would answer 400 and nothing else.</summary>
    public static async Task ExplainBadRequestsAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException error) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = error.StatusCode;
            await context.Response.WriteAsJsonAsync(new ErrorView((error.InnerException?.Message ?? error.Message).ReplaceLineEndings(" ")));
        }
    }

    private static IResult Place(Cloud cloud, Fault fault) => cloud.Enter(now =>
    {
        var objection = fault.Objection() ?? (fault is InterruptionFault interruption ? Objection(cloud, interruption, now) : null);
        return objection is null
            ? Results.Created((string?)null, FaultView.Of(cloud.Faults.Place(fault, now), now))
            : Wrong(objection);
    });

    private static string? Objection(Cloud cloud, InterruptionFault interruption, DateTimeOffset now)
    {
        foreach (var id in interruption.Instances.InstanceIds ?? [])
        {
            if (cloud.Find(id, now) is not { } instance)
            {
                return $"there is no instance {id}";
            }

            if (!instance.Spot)
            {
                return $"instance {id} is not a spot instance";
            }
        }

        return null;
    }

    private static IResult Advance(Cloud cloud, AdvanceRequest request)
    {
        if (request.Seconds < 0 || !double.IsFinite(request.Seconds))
        {
            return Wrong("seconds must not be negative: the clock never runs back");
        }

        cloud.Clock.Advance(TimeSpan.FromSeconds(request.Seconds));
        return cloud.Enter(now => Results.Ok(Clock(cloud, now)));
    }

    private static IResult Wrong(string message) => Results.BadRequest(new ErrorView(message));

    private static ClockView Clock(Cloud cloud, DateTimeOffset now) =>
        new(now, cloud.Clock.WallNow, cloud.Clock.Origin, cloud.Clock.Speed, cloud.Clock.Offset.TotalSeconds);

    private static StateView State(Cloud cloud, DateTimeOffset now) => new(
        Clock(cloud, now),
        cloud.Seed,
        Catalogue.Zones.Region,
        cloud.Rates.Enabled,
        [.. cloud.All.Where(instance => instance.ListedAt(now)).Select(instance => InstanceView.Of(cloud, instance, now))],
        [.. cloud.Faults.All.Select(placed => FaultView.Of(placed, now))],
        cloud.Calls,
        cloud.Launches.Count);
}
