using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OptiInfra.Testing;

/// <summary>
/// Stands before a service on a port of its own, so that a test can take the service away and bring it back for the code
/// under test alone: <see cref="Close"/> breaks what is connected and refuses what comes.
/// </summary>
public sealed class TcpGate : IAsyncDisposable
{
    readonly string host;
    readonly int port;
    readonly ConcurrentDictionary<TcpClient, byte> connected = [];
    TcpListener? listener;

    TcpGate(string host, int port)
    {
        this.host = host;
        this.port = port;
        Port = Listen(0);
    }

    /// <summary>On 127.0.0.1; stays the same over closing and opening.</summary>
    public int Port { get; }

    /// <summary>An open gate to a service.</summary>
    public static TcpGate To(string host, int port) => new(host, port);

    public void Open()
    {
        if (listener is null)
            Listen(Port);
    }

    public void Close()
    {
        listener?.Stop();
        listener = null;
        foreach (var client in connected.Keys)
        {
            try
            {
                // a reset, as from a machine that went away
                client.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or NullReferenceException)
            {
                // it ended by itself this very moment; a disposed TcpClient has no socket to set anything on
            }

            client.Close();
        }

        connected.Clear();
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    int Listen(int on)
    {
        var opened = new TcpListener(IPAddress.Loopback, on);
        opened.Start();
        listener = opened;
        _ = AcceptAsync(opened);
        return ((IPEndPoint)opened.LocalEndpoint).Port;
    }

    async Task AcceptAsync(TcpListener opened)
    {
        try
        {
            while (true)
                _ = ServeAsync(await opened.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // closed
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using var service = new TcpClient();
        connected[client] = 0;
        try
        {
            await service.ConnectAsync(host, port);
            await Task.WhenAny(
                client.GetStream().CopyToAsync(service.GetStream()),
                service.GetStream().CopyToAsync(client.GetStream()));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // one of the two went away
        }
        finally
        {
            connected.TryRemove(client, out _);
            client.Dispose();
        }
    }
}
