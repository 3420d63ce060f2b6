using System.Net.Sockets;

namespace OptiInfra.Gateway.Health;

/// <summary>Asks whether RabbitMQ is there by the opening of its protocol, without signing in.</summary>
public static class RabbitMqProbe
{
    const int DefaultPort = 5672;

    // "AMQP", 0, then the version 0-9-1; a broker answers with a method frame (1) on channel 0
    static readonly byte[] ProtocolHeader = [(byte)'A', (byte)'M', (byte)'Q', (byte)'P', 0, 0, 9, 1];
    static readonly byte[] MethodFrameOnChannelZero = [1, 0, 0];

    /// <param name="uri">amqp://… or amqps://…; of the latter only that its port is open is asked.</param>
    /// <returns>What is wrong, in a sentence; null when it is there.</returns>
    public static async Task<string?> ProblemAsync(Uri uri, CancellationToken cancellationToken)
    {
        var secure = uri.Scheme == "amqps";
        var port = uri.Port > 0 ? uri.Port : secure ? DefaultPort - 1 : DefaultPort;
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(uri.Host, port, cancellationToken);
            if (secure)
                return null;
            var stream = client.GetStream();
            await stream.WriteAsync(ProtocolHeader, cancellationToken);
            var answer = new byte[MethodFrameOnChannelZero.Length];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            return answer.AsSpan().SequenceEqual(MethodFrameOnChannelZero) ? null : $"What listens at {uri.Host}:{port} is no RabbitMQ.";
        }
        catch (SocketException e)
        {
            return $"RabbitMQ does not answer at {uri.Host}:{port} ({e.SocketErrorCode}).";
        }
        catch (IOException)
        {
            return $"What listens at {uri.Host}:{port} hung up at once: it is no RabbitMQ, or is starting or stopping.";
        }
    }
}
