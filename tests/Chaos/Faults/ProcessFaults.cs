using System.Globalization;
using Npgsql;

namespace OptiInfra.Chaos.Faults;

/// <summary>What happens to processes of the platform.</summary>
static class ProcessFaults
{
    /// <summary>Longer than a leader may be silent; the server may be away meanwhile.</summary>
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("process killed (kill -9)", KillAsync),
        new("process killed (kill -9)", KillAsync),
        new("relay's leader paused", PauseLeaderAsync),
        new("relay's leader paused until another led", PauseUntilAnotherLeadsAsync),
    ];

    static async Task<string> KillAsync(ChaosScene scene, Random random, CancellationToken cancellationToken)
    {
        var process = scene.Processes[random.Next(scene.Processes.Count)];
        await process.Turn.WaitAsync(CancellationToken.None);
        try
        {
            await process.KillAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100, 2000)), TimeProvider.System, CancellationToken.None);
            process.Start();
            return process.Name;
        }
        finally
        {
            process.Turn.Release();
        }
    }

    /// <summary>
    /// SIGSTOP, and its connections end meanwhile, as they do when the server gives a machine up that does not answer: another
    /// leads by the time it goes on, and it does not know.
    /// </summary>
    static async Task<string> PauseLeaderAsync(ChaosScene scene, Random random, CancellationToken cancellationToken)
    {
        var leader = await scene.Leadership.OfRelayAsync() is { } name && scene.Processes.FirstOrDefault(p => p.Name == name) is { } leads
            ? leads
            : scene.Processes[random.Next(scene.Processes.Count)];
        await leader.Turn.WaitAsync(CancellationToken.None);
        try
        {
            await leader.PauseAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500, 1500)), TimeProvider.System, CancellationToken.None);
            var ended = await EndConnectionsAsync(scene, leader.Name);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(3000, 6000)), TimeProvider.System, CancellationToken.None);
            var next = await scene.Leadership.OfRelayAsync();
            await leader.ContinueAsync();
            return string.Create(CultureInfo.InvariantCulture, $"{leader.Name}, {ended} connections ended, then {next ?? "nobody yet"} led");
        }
        finally
        {
            leader.Turn.Release();
        }
    }

    /// <summary>SIGSTOP alone: the server itself ends the session that has said nothing.</summary>
    static async Task<string> PauseUntilAnotherLeadsAsync(ChaosScene scene, Random random, CancellationToken cancellationToken)
    {
        if (await scene.Leadership.OfRelayAsync() is not { } name || scene.Processes.FirstOrDefault(p => p.Name == name) is not { } leader)
            return "nobody led";
        await leader.Turn.WaitAsync(CancellationToken.None);
        try
        {
            await leader.PauseAsync();
            var paused = TimeProvider.System.GetTimestamp();
            var next = name;
            while ((next is null || next == name) && TimeProvider.System.GetElapsedTime(paused) < LongestPause)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
                next = await scene.Leadership.OfRelayAsync();
            }

            await leader.ContinueAsync();
            return $"{name}, then {(next is null || next == name ? "nobody else" : next)} led";
        }
        finally
        {
            leader.Turn.Release();
        }
    }

    static async Task<int> EndConnectionsAsync(ChaosScene scene, string applicationName)
    {
        try
        {
            return await Backends.TerminateAsync(scene, "application_name = $1", applicationName);
        }
        catch (NpgsqlException)
        {
            // the server is away just now, and with it the connections
            return 0;
        }
    }
}
