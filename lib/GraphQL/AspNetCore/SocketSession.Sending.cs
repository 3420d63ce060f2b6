using System.Buffers;
using System.Net.WebSockets;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.AspNetCore;

sealed partial class SocketSession
{
    Task Next(string id, OperationResult result, CancellationToken cancellationToken) =>
        Send(Message("next", id, output => result.WriteTo(output)), cancellationToken);

    Task Errors(string id, IReadOnlyList<GraphQLError> errors, CancellationToken cancellationToken) => Send(Message("error", id, output =>
    {
        using var writer = new ResultWriter(512);
        ErrorWriter.Write(writer, errors);
        output.Write(writer.Written);
    }), cancellationToken);

    Task Complete(string id, CancellationToken cancellationToken) => Send(Message("complete", id, payload: null), cancellationToken);

    static ReadOnlyMemory<byte> Message(string type, string id, Action<IBufferWriter<byte>>? payload)
    {
        using var head = new ResultWriter(128);
        head.WriteRaw("{\"type\":"u8);
        head.WriteString(type);
        head.WriteRaw(",\"id\":"u8);
        head.WriteString(id);
        var message = new ArrayBufferWriter<byte>(256);
        message.Write(head.Written);
        if (payload is not null)
        {
            message.Write(",\"payload\":"u8);
            payload(message);
        }
        message.Write("}"u8);
        return message.WrittenMemory;
    }

    async Task Send(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            // an operation that is stopped must not tear a message that others share the socket with
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        }
        finally
        {
            _sending.Release();
        }
    }

    async Task<bool> Invalid(string reason)
    {
        await Close((WebSocketCloseStatus)4400, reason);
        return false;
    }

    // a reason holds at most 123 bytes, and ids in it may be anything
    static string Reason(string text) => string.Concat(text.Where(char.IsAscii).Take(120));

    async Task CloseUninitialized(CancellationTokenSource end)
    {
        if (_isInitialized) return;
        await Close((WebSocketCloseStatus)4408, "Connection initialisation timeout");
        // the other side gets a moment to close as well
        end.CancelAfter(TimeSpan.FromSeconds(5));
    }

    async Task Ping(CancellationToken cancellationToken)
    {
        try
        {
            if (_isAcknowledged) await Send("{\"type\":\"ping\"}"u8.ToArray(), cancellationToken);
        }
        catch (Exception fault) when (fault is OperationCanceledException or WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            // the socket has gone meanwhile
        }
    }

    async Task Close(WebSocketCloseStatus status, string reason)
    {
        await _sending.WaitAsync();
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await _socket.CloseOutputAsync(status, Reason(reason), CancellationToken.None);
        }
        catch (Exception fault) when (fault is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // closed by the other side meanwhile
        }
        finally
        {
            _sending.Release();
        }
    }
}
