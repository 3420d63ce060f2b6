using System.Net;
using System.Net.Sockets;

namespace OptiInfra.Cli.Tests.Processes;

/// <summary>Stands between the program and a service, so that a test can take the service away and give it back.</summary>
sealed class TcpRelay : IAsyncDisposable
{
    readonly string host;
    readonly int port;
    readonly CancellationTokenSource ended = new();
    readonly Lock gate = new();
    readonly List<TcpClient> open = [];
    TcpListener? listener;

    public TcpRelay(string host, int port)
    {
        this.host = host;
        this.port = port;
        Port = FreePort();
    }

    public int Port { get; }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public void Up()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        _ = AcceptAsync(listener);
    }

    /// <summary>Refuses new connections and cuts those that are open.</summary>
    public void Down()
    {
        listener?.Stop();
        lock (gate)
        {
            foreach (var client in open)
                client.Close();
            open.Clear();
        }
    }

    async Task AcceptAsync(TcpListener from)
    {
        try
        {
            while (true)
                _ = RelayAsync(await from.AcceptTcpClientAsync(ended.Token));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    async Task RelayAsync(TcpClient near)
    {
        var far = new TcpClient();
        lock (gate)
            open.AddRange([near, far]);
        try
        {
            await far.ConnectAsync(host, port, ended.Token);
            await Task.WhenAny(
                near.GetStream().CopyToAsync(far.GetStream(), ended.Token),
                far.GetStream().CopyToAsync(near.GetStream(), ended.Token));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
        }
        finally
        {
            near.Close();
            far.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        Down();
        ended.Dispose();
    }
}
