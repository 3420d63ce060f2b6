using System.Net;
using System.Net.Sockets;

namespace OptiInfra.EventStore.Tests;

/// <summary>A port that leads to a server while it is open; shutting it breaks every connection through it.</summary>
public sealed class TcpGate : IAsyncDisposable
{
    readonly string host;
    readonly int target;
    readonly List<TcpClient> clients = [];
    readonly Lock gate = new();
    TcpListener? listener;
    Task? accepting;

    public TcpGate(string host, int target)
    {
        (this.host, this.target) = (host, target);
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Port = ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public int Port { get; }

    public void Open()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Start();
        accepting = AcceptAsync(listener);
    }

    public async Task ShutAsync()
    {
        listener?.Stop();
        if (accepting is not null)
            await accepting;
        lock (gate)
        {
            clients.ForEach(c => c.Dispose());
            clients.Clear();
        }
    }

    async Task AcceptAsync(TcpListener from)
    {
        try
        {
            while (true)
            {
                var client = await from.AcceptTcpClientAsync();
                var server = new TcpClient();
                await server.ConnectAsync(host, target);
                lock (gate)
                    clients.AddRange([client, server]);
                _ = PumpAsync(client, server);
                _ = PumpAsync(server, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    static async Task PumpAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
        from.Dispose();
        to.Dispose();
    }

    public async ValueTask DisposeAsync() => await ShutAsync();
}
