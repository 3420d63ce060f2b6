using OptiInfra.EventStore;

namespace OptiInfra.Gateway.Health;

/// <summary>The database has what this program needs, and nothing that it does not know.</summary>
sealed class SchemaVersionCheck(GatewayOptions options, IDocumentStore store) : ReadinessCheck(options)
{
    protected override async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        await store.AssertSchemaVersionAsync(cancellationToken: cancellationToken);
        return null;
    }
}
