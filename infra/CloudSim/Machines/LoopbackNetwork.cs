using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OptiInfra.CloudSim.Machines;

/// <summary>
/// Private addresses for instances that run processes: 127.77.BLOCK.HOST, so that the services of each listen on their usual
/// ports and are reached at the address that DescribeInstances tells. A block of 253 is held by a socket on its first address, so two
/// clouds on one machine never share one, and the kernel frees it however the cloud ends.
/// </summary>
public sealed class LoopbackNetwork(ulong firstBlock) : IDisposable
{
    private const int HoldingPort = 7077;
    private const int FirstHost = 2;
    private const int LastHost = 254;

    private readonly List<Socket> _held = [];
    private int _block = -1;
    private int _tried;
    private int _host = LastHost;

    /// <summary>An address that no other instance has had; throws where every block is taken.</summary>
    public string Next()
    {
        if (_host >= LastHost)
        {
            TakeBlock();
            _host = FirstHost - 1;
        }

        _host++;
        return Address(_block, _host).ToString();
    }

    public void Dispose()
    {
        _held.ForEach(socket => socket.Dispose());
        _held.Clear();
    }

    private static IPAddress Address(int block, int host) =>
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"127.77.{block}.{host}"));

    private void TakeBlock()
    {
        for (; _tried < 256; _tried++)
        {
            var block = (int)((firstBlock + (ulong)_tried) % 256);
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
            try
            {
                socket.Bind(new IPEndPoint(Address(block, 1), HoldingPort));
                socket.Listen(1);
                _held.Add(socket);
                _block = block;
                _tried++;
                return;
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        throw new InvalidOperationException("every block of 127.77.0.0/16 is held by a running cloud");
    }
}
