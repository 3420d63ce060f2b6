using OptiInfra.EventStore;

namespace OptiInfra.Gateway.Health;

/// <summary>The event log can be read.</summary>
sealed class PostgresCheck(GatewayOptions options, IDocumentStore store) : ReadinessCheck(options)
{
    protected override async Task<ReadinessProblem?> CheckAsync(CancellationToken cancellationToken)
    {
        await store.Log.HighWaterMarkAsync(cancellationToken);
        return null;
    }
}
