using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.AspNetCore;

/// <summary>GraphQL over event streams: the protocol of graphql-sse, distinct connections mode here.</summary>
sealed partial class EventStreams(GraphQLServerOptions options, TimeProvider clock)
{
    public static async Task Write(HttpContext context, ExecutionResult result, GraphQLServerOptions options, TimeProvider clock)
    {
        using var stopping = Begin(context);
        var output = new EventOutput(context.Response.BodyWriter);
        await output.Comment(context.RequestAborted);
        await using (output.KeepAlive(options.KeepAliveInterval, clock, context.RequestAborted))
        {
            if (result is OperationResult one) await output.Next(null, one, context.RequestAborted);
            else if (result is ResponseStream stream)
            {
                await foreach (var next in stream.Results)
                    await using (next) await output.Next(null, next, context.RequestAborted);
            }
            await output.Complete(null, context.RequestAborted);
        }
    }

    /// <returns>To be disposed at the end of the stream.</returns>
    static CancellationTokenRegistration Begin(HttpContext context)
    {
        context.Response.ContentType = MediaTypes.EventStream;
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        // a stream that were completed would be over for its client, and one that stays keeps the server from stopping
        return context.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping.Register(context.Abort) ?? default;
    }
}

/// <summary>Writes events, one at a time whoever writes.</summary>
sealed class EventOutput(PipeWriter output) : IDisposable
{
    readonly SemaphoreSlim _gate = new(1);

    /// <param name="id">Of the operation, in single connection mode; null otherwise.</param>
    public ValueTask Next(string? id, OperationResult result, CancellationToken cancellationToken) => Write(writer =>
    {
        writer.Write("event: next\ndata: "u8);
        if (id is not null) WriteHead(writer, id, ",\"payload\":"u8);
        // results hold no line breaks: strings escape them
        result.WriteTo(writer);
        writer.Write(id is null ? "\n\n"u8 : "}\n\n"u8);
    }, cancellationToken);

    public ValueTask Complete(string? id, CancellationToken cancellationToken) => Write(writer =>
    {
        writer.Write("event: complete\ndata: "u8);
        if (id is not null) WriteHead(writer, id, "}"u8);
        writer.Write("\n\n"u8);
    }, cancellationToken);

    public ValueTask Comment(CancellationToken cancellationToken) => Write(writer => writer.Write(":\n\n"u8), cancellationToken);

    static void WriteHead(PipeWriter writer, string id, ReadOnlySpan<byte> rest)
    {
        using var head = new ResultWriter(128);
        head.WriteRaw("{\"id\":"u8);
        head.WriteString(id);
        head.WriteRaw(rest);
        writer.Write(head.Written);
    }

    async ValueTask Write(Action<PipeWriter> write, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            write(output);
            await output.FlushAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Shows in regular intervals that the stream lives, until disposed.</summary>
    public IAsyncDisposable KeepAlive(TimeSpan interval, TimeProvider clock, CancellationToken cancellationToken) =>
        clock.CreateTimer(_ => _ = Beat(cancellationToken), null, interval, interval);

    async Task Beat(CancellationToken cancellationToken)
    {
        try
        {
            await Comment(cancellationToken);
        }
        catch (Exception fault) when (fault is OperationCanceledException or InvalidOperationException or ObjectDisposedException or IOException)
        {
            // the stream has ended meanwhile
        }
    }

    public void Dispose() => _gate.Dispose();
}
