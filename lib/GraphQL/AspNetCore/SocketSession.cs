using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.AspNetCore;

/// <summary>One socket of the protocol graphql-transport-ws.</summary>
sealed partial class SocketSession(
    HttpContext context, RequestExecutor executor, GraphQLServerOptions options, IHttpRequestInterceptor? interceptor, ISocketSessionInterceptor? sockets)
    : IDisposable
{
    const string Protocol = "graphql-transport-ws";
    readonly ConcurrentDictionary<string, CancellationTokenSource> _operations = new(StringComparer.Ordinal);
    readonly SemaphoreSlim _sending = new(1);
    WebSocket _socket = null!;
    bool _isInitialized;
    bool _isAcknowledged;

    public void Dispose() => _sending.Dispose();

    public async Task Run()
    {
        if (!context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol, StringComparer.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync($"Ask for the sub-protocol {Protocol}.", context.RequestAborted);
            return;
        }
        var stopping = context.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? default;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        using var socket = _socket = await context.WebSockets.AcceptWebSocketAsync(Protocol);
        await using var deadline = executor.Options.TimeProvider.CreateTimer(
            _ => _ = CloseUninitialized(end), null, options.ConnectionInitializationTimeout, Timeout.InfiniteTimeSpan);
        await using var beat = executor.Options.TimeProvider.CreateTimer(
            _ => _ = Ping(end.Token), null, options.KeepAliveInterval, options.KeepAliveInterval);
        try
        {
            await Receive(end.Token);
        }
        catch (Exception fault) when (fault is OperationCanceledException or WebSocketException or ObjectDisposedException)
        {
            if (stopping.IsCancellationRequested) await Close(WebSocketCloseStatus.EndpointUnavailable, "The server is shutting down.");
        }
        finally
        {
            foreach (var operation in _operations.Values) await operation.CancelAsync();
        }
    }

    async Task Receive(CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var length = 0;
        while (_socket.State == WebSocketState.Open)
        {
            var received = await _socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await Close(WebSocketCloseStatus.NormalClosure, "");
                return;
            }
            length += received.Count;
            if (length > options.MaxRequestBytes)
            {
                await Close(WebSocketCloseStatus.MessageTooBig, $"A message holds at most {options.MaxRequestBytes} bytes.");
                return;
            }
            if (!received.EndOfMessage)
            {
                if (length == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
                continue;
            }
            if (!await Handle(buffer.AsMemory(0, length), cancellationToken)) return;
            length = 0;
        }
    }

    /// <summary>False once the socket is closed.</summary>
    async Task<bool> Handle(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        JsonElement json;
        try
        {
            JsonText.Check(message.Span);
            json = JsonElement.Parse(message.Span);
        }
        catch (JsonException)
        {
            return await Invalid("Invalid message received: it is no JSON.");
        }
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
            return await Invalid("Invalid message received: it has no type.");
        json.TryGetProperty("payload", out var payload);
        switch (type.GetString())
        {
            case "connection_init":
                return await Initialize(payload, cancellationToken);
            case "ping":
                await Send("{\"type\":\"pong\"}"u8.ToArray(), cancellationToken);
                return true;
            case "pong":
                return true;
            case "subscribe":
                return await Subscribe(json, payload, cancellationToken);
            case "complete":
                if (Id(json) is not { } id) return await Invalid("Invalid message received: complete needs an id.");
                if (_operations.TryRemove(id, out var operation)) await operation.CancelAsync();
                return true;
            default:
                return await Invalid($"Invalid message received: unknown type.");
        }
    }

    async Task<bool> Initialize(JsonElement payload, CancellationToken cancellationToken)
    {
        if (_isInitialized)
        {
            await Close((WebSocketCloseStatus)4429, "Too many initialisation requests");
            return false;
        }
        _isInitialized = true;
        if (sockets is not null && !await sockets.OnConnectAsync(context, payload, cancellationToken))
        {
            await Close((WebSocketCloseStatus)4403, "Forbidden");
            return false;
        }
        _isAcknowledged = true;
        await Send("{\"type\":\"connection_ack\"}"u8.ToArray(), cancellationToken);
        return true;
    }

    async Task<bool> Subscribe(JsonElement message, JsonElement payload, CancellationToken cancellationToken)
    {
        if (!_isAcknowledged)
        {
            await Close((WebSocketCloseStatus)4401, "Unauthorized");
            return false;
        }
        if (Id(message) is not { Length: > 0 } id) return await Invalid("Invalid message received: subscribe needs an id.");
        GraphQLRequest request;
        try
        {
            request = RequestReader.From(payload);
        }
        catch (BadRequestException fault)
        {
            return await Invalid(fault.Message);
        }
        if (_operations.Count >= options.MaxOperationsPerConnection)
        {
            await Errors(id, [new($"A socket carries at most {options.MaxOperationsPerConnection} operations at once.")], cancellationToken);
            return true;
        }
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (!_operations.TryAdd(id, stop))
        {
            stop.Dispose();
            await Close((WebSocketCloseStatus)4409, $"Subscriber for {id} already exists");
            return false;
        }
        _ = Carry(id, request, stop);
        return true;
    }

    async Task Carry(string id, GraphQLRequest request, CancellationTokenSource stop)
    {
        // the next message is read meanwhile, whatever the operation does before it first waits
        await Task.Yield();
        try
        {
            await using var scope = context.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
            var created = await ContextDataOf.Request(context, request, interceptor);
            await using var result = await executor.ExecuteAsync(created, scope.ServiceProvider, stop.Token);
            if (result is OperationResult { HasData: false } refused)
            {
                Forget(id, stop);
                await Errors(id, refused.Errors, stop.Token);
                return;
            }
            if (result is OperationResult one) await Next(id, one, stop.Token);
            else if (result is ResponseStream stream)
            {
                await foreach (var next in stream.Results.WithCancellation(stop.Token))
                    await using (next) await Next(id, next, stop.Token);
            }
            // the id is free for another operation before the caller can know it
            Forget(id, stop);
            await Complete(id, stop.Token);
        }
        catch (Exception fault) when (fault is OperationCanceledException or WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            // the caller stopped the operation, or has gone
        }
        finally
        {
            Forget(id, stop);
            stop.Dispose();
        }
    }

    void Forget(string id, CancellationTokenSource stop) => _operations.TryRemove(new(id, stop));

    static string? Id(JsonElement message) => message.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
}
