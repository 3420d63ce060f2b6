using OptiInfra.EventStore;

namespace OptiInfra.Cli.Hosting;

/// <summary>Work that one of several processes does.</summary>
static class LeaderLoop
{
    /// <summary>Leads, works until leadership is lost, and asks for it again, until the program stops.</summary>
    public static async Task RunAsync(IDocumentStore store, string name, Func<CancellationToken, Task> lead, CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var leadership = await store.AcquireLeadershipAsync(name, stoppingToken);
                using var leading = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, leadership.Lost);
                await lead(leading.Token);
            }
            catch (OperationCanceledException)
            {
                // stopping, or somebody else may lead now: ask again
            }
        }
    }
}
