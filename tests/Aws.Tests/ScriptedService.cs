using System.Collections.Concurrent;
using Amazon.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OptiInfra.Aws.EC2;

namespace OptiInfra.Aws.Tests;

/// <summary>One request as it came over the wire.</summary>
internal sealed record ReceivedRequest(string Method, string Path, string Host, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);

    /// <summary>The decoded form parameters.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; } = Microsoft.AspNetCore.WebUtilities.QueryHelpers
        .ParseQuery(System.Text.Encoding.UTF8.GetString(Body)).ToDictionary(p => p.Key, p => p.Value.ToString(), StringComparer.Ordinal);
}

/// <summary>One answer of the script.</summary>
internal sealed record Answer(int Status, string Body, bool CutConnection = false)
{
    public static Answer Ok(string body) => new(200, body);

    public static Answer Ec2Error(int status, string code, string message = "no") => new(
        status, $"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>req-1</RequestID></Response>");

    /// <summary>The connection breaks in the middle of the answer.</summary>
    public static Answer Cut { get; } = new(200, "<DescribeInstancesResponse>", CutConnection: true);
}

/// <summary>A real HTTP server that answers as its script says, the last line for ever after.</summary>
internal sealed class ScriptedService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();

    private ScriptedService(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public static async Task<ScriptedService> StartAsync(params Answer[] script)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        var built = builder.Build();
        var service = new ScriptedService(built);
        var next = -1;
        built.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            service._requests.Enqueue(new ReceivedRequest(
                context.Request.Method, context.Request.Path, context.Request.Host.Value!,
                context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                body.ToArray()));
            var answer = script[Math.Min(Interlocked.Increment(ref next), script.Length - 1)];
            if (answer.CutConnection)
            {
                context.Response.ContentLength = 10_000;
                await context.Response.WriteAsync(answer.Body);
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            }

            context.Response.StatusCode = answer.Status;
            context.Response.ContentType = "text/xml;charset=UTF-8";
            await context.Response.WriteAsync(answer.Body);
        });
        await built.StartAsync();
        return service;
    }

    public AmazonEC2Client Ec2(Action<AmazonEC2Config>? configure = null)
    {
        var config = new AmazonEC2Config
        {
            ServiceURL = Url, AuthenticationRegion = "eu-west-1", FirstBackoff = TimeSpan.FromMilliseconds(1), Jitter = () => 0.5,
        };
        configure?.Invoke(config);
        return new AmazonEC2Client(new BasicAWSCredentials("AKIDEXAMPLE", "secret"), config);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
