namespace OptiInfra.Chaos.Faults;

/// <summary>What happens to PostgreSQL and RabbitMQ.</summary>
static class ServiceFaults
{
    // one after the other: each is started again by the same script
    static readonly SemaphoreSlim Turn = new(1);

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("PostgreSQL crashed", async (scene, _, _) =>
        {
            await OneAtATimeAsync(scene.Services.CrashPostgresAsync);
            return "immediate shutdown, recovery";
        }),
        new("RabbitMQ killed (kill -9)", async (scene, _, _) =>
        {
            await OneAtATimeAsync(scene.Services.KillRabbitMqAsync);
            return "and started again";
        }),
    ];

    static async Task OneAtATimeAsync(Func<Task> happenAsync)
    {
        await Turn.WaitAsync();
        try
        {
            await happenAsync();
        }
        finally
        {
            Turn.Release();
        }
    }
}
