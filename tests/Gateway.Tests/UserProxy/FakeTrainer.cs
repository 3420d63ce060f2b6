using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OptiInfra.Gateway.Tests;

/// <summary>A trainer as the proxy sees one: a server that says which it is, and what it was sent.</summary>
sealed class FakeTrainer : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ConcurrentQueue<string> seen = new();

    FakeTrainer(WebApplication app) => this.app = app;

    /// <summary>Host and port.</summary>
    public string Address => new Uri(app.Urls.First()).Authority;
    public IReadOnlyCollection<string> Seen => seen;
    public volatile int HealthStatus = 200;
    /// <summary>Of POST /predict; with 503 comes Retry-After.</summary>
    public volatile int PredictStatus = 200;
    /// <summary>Answers to /slow wait for it.</summary>
    public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="port">0: a free one.</param>
    public static async Task<FakeTrainer> StartAsync(string name, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        var trainer = new FakeTrainer(app);
        app.Run(context => trainer.AnswerAsync(context, name));
        await app.StartAsync();
        return trainer;
    }

    /// <summary>Without a word to those who wait for an answer.</summary>
    public async Task KillAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
    }

    public async ValueTask DisposeAsync()
    {
        Released.TrySetResult();
        await KillAsync();
        await app.DisposeAsync();
    }

    async Task AnswerAsync(HttpContext context, string name)
    {
        var request = context.Request;
        switch (request.Path.Value)
        {
            case "/health":
                context.Response.StatusCode = HealthStatus;
                return;
            case "/predict":
                seen.Enqueue("/predict");
                context.Response.StatusCode = PredictStatus;
                if (PredictStatus == 503)
                    context.Response.Headers.RetryAfter = "1";
                using (var reader = new StreamReader(request.Body))
                {
                    await context.Response.WriteAsync($"{name} {await reader.ReadToEndAsync()}");
                }

                return;
            case "/slow":
                seen.Enqueue("/slow");
                await Released.Task;
                await context.Response.WriteAsync(name);
                return;
            case "/drip":
                await context.Response.WriteAsync("first ");
                await context.Response.Body.FlushAsync();
                await Released.Task;
                await context.Response.WriteAsync("last");
                return;
            case "/cut":
                context.Response.ContentLength = 1000;
                await context.Response.WriteAsync("not all");
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            case "/die":
                seen.Enqueue("/die");
                context.Abort();
                return;
            case "/count":
                var buffer = new byte[64 * 1024];
                long total = 0;
                while (await request.Body.ReadAsync(buffer) is > 0 and var read)
                    total += read;
                await context.Response.WriteAsync($"{total}");
                return;
            default:
                context.Response.Headers["X-Trainer"] = name;
                context.Response.Headers.Connection = "X-Private";
                context.Response.Headers["X-Private"] = "secret";
                context.Response.StatusCode = 207;
                var raw = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
                await context.Response.WriteAsync($"{request.Method} {raw}\n" + string.Join('\n', request.Headers.Select(h => $"{h.Key}: {h.Value}")));
                return;
        }
    }
}
