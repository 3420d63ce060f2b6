using System.Globalization;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OptiInfra.CloudSim.Control;
using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Metadata;
using OptiInfra.CloudSim.S3;
using OptiInfra.CloudSim.Signing;
using OptiInfra.CloudSim.Workloads;

namespace OptiInfra.CloudSim.Hosting;

/// <summary>Puts the cloud behind HTTP.</summary>
public static class CloudSimServer
{
    /// <summary>A server that is ready to start; throws <see cref="StartupException"/> where an input file is wrong.</summary>
    public static WebApplication Build(CloudSimOptions options)
    {
        var cloud = new Cloud(options);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = typeof(CloudSimServer).Assembly.GetName().Name });
        builder.WebHost.UseUrls(options.Url);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // a port that is taken is said in one line by the program itself
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        // made by a factory, it is disposed of with the server, and with it every process of an instance
        builder.Services.AddSingleton(_ => cloud);
        builder.Services.Configure<JsonOptions>(json => ControlJson.Configure(json.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);

        var app = builder.Build();
        var credentials = new InstanceCredentials(options.AccessKey, options.SecretKey);
        app.Services.GetRequiredService<Cloud>();
        app.Lifetime.ApplicationStarted.Register(() => cloud.Enter(_ => cloud.Machines.Endpoint = FromThisMachine(app.Urls.First())));
        var signatures = new SignatureV4(credentials, options.Wall);
        var aws = new AwsEndpoint(cloud, signatures);
        var s3 = new S3Endpoint(cloud, signatures, options.Wall);
        foreach (var bucket in options.Buckets)
        {
            Create(s3, bucket);
        }

        app.Use(ControlEndpoints.ExplainBadRequestsAsync);
        // buckets may be called like anything else here, so S3 is told by the signature and before all routes
        app.Use((context, next) => S3Endpoint.IsMeant(context.Request) ? s3.HandleAsync(context) : next(context));
        app.Use(MetadataEndpoints.JoinAsync);
        // after the above: routes are chosen by the path that it makes
        app.UseRouting();
        app.MapPost("/", aws.HandleAsync);
        app.MapGet("/", () => Results.Content(IndexPage.Render(cloud), "text/html; charset=utf-8"));
        app.MapGet("/health", () => Results.Text("ok\n"));
        app.MapGet("/instances/{id}/metrics", (string id) => Metrics(cloud, id));
        app.MapGet("/instances/{id}/health", (string id) => Health(cloud, id));
        app.MapControl(cloud);
        app.MapMetadata(cloud, credentials, options.Wall);
        return app;
    }

    private static void Create(S3Endpoint s3, string bucket)
    {
        try
        {
            s3.Create(bucket);
        }
        catch (CloudRefusalException refused)
        {
            throw new StartupException($"--bucket {bucket}: {refused.Message} A name has 3 to 63 lower-case letters, digits, hyphens and dots.");
        }
    }

    /// <summary>The address for programs on this machine where the server listens on all of its addresses.</summary>
    private static string FromThisMachine(string url)
    {
        var address = BindingAddress.Parse(url);
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host;
        return string.Create(CultureInfo.InvariantCulture, $"{address.Scheme}://{host}:{address.Port}");
    }

    private static IResult Metrics(Cloud cloud, string id) => cloud.Enter(now =>
    {
        if (cloud.Find(id, now) is not { } instance)
        {
            return Results.Text("no such instance\n", statusCode: StatusCodes.Status404NotFound);
        }

        if (instance.StateAt(now) is not InstanceState.Running)
        {
            return Results.Text("nothing is listening\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        cloud.CountersOf(instance, now);
        return Results.Text(MetricsPage.Render(instance, now), MetricsPage.ContentType);
    });

    private static IResult Health(Cloud cloud, string id) => cloud.Enter(now => cloud.Find(id, now) switch
    {
        null => Results.Text("no such instance\n", statusCode: StatusCodes.Status404NotFound),
        { } instance when instance.HealthyAt(now) => Results.Text("ok\n"),
        { } instance => Results.Text(instance.StateAt(now).ToWire() + "\n", statusCode: StatusCodes.Status503ServiceUnavailable),
    });
}
