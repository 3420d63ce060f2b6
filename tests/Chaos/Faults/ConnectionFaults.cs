using System.Globalization;
using Npgsql;

namespace OptiInfra.Chaos.Faults;

/// <summary>What happens to connections between the processes and the services.</summary>
static class ConnectionFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("PostgreSQL connections ended", EndBackendsAsync),
        new("RabbitMQ connections closed", CloseBrokerConnectionsAsync),
        new("network cut", CutAsync),
    ];

    /// <summary>Of those that are in the middle of something, half; and some that are not.</summary>
    static async Task<string> EndBackendsAsync(ChaosScene scene, Random random, CancellationToken cancellationToken)
    {
        try
        {
            var ended = await Backends.TerminateAsync(scene, "(state <> 'idle' and hashtext(pid::text || $1) % 2 = 0 or hashtext(pid::text || $1) % 5 = 0)", random.Next().ToString(CultureInfo.InvariantCulture));
            return string.Create(CultureInfo.InvariantCulture, $"{ended} by pg_terminate_backend");
        }
        catch (NpgsqlException)
        {
            return "none, the server is away";
        }
    }

    static async Task<string> CloseBrokerConnectionsAsync(ChaosScene scene, Random random, CancellationToken cancellationToken)
    {
        try
        {
            var closed = await scene.Broker.CloseConnectionsAsync();
            return string.Create(CultureInfo.InvariantCulture, $"{closed} by the management API");
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or TaskCanceledException)
        {
            return "none, the broker is away";
        }
    }

    /// <summary>One process, from one service or both, for some seconds.</summary>
    static async Task<string> CutAsync(ChaosScene scene, Random random, CancellationToken cancellationToken)
    {
        var process = scene.Processes[random.Next(scene.Processes.Count)];
        var from = random.Next(3);
        process.Cut(fromPostgres: from is 0 or 2, fromRabbitMq: from is 1 or 2);
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 4000)), TimeProvider.System, CancellationToken.None);
        process.Reconnect();
        return $"{process.Name} from {(from switch { 0 => "PostgreSQL", 1 => "RabbitMQ", _ => "both" })}";
    }
}
