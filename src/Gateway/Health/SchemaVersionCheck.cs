using OptiInfra.EventStore;

namespace OptiInfra.Gateway.Health;

/// <summary>The database has what this program needs, and nothing that it does not know.</summary>
sealed class SchemaVersionCheck(GatewayOptions options, IDocumentStore store) : ReadinessCheck(options)
{
    protected override async Task<ReadinessProblem?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.AssertSchemaVersionAsync(cancellationToken: cancellationToken);
            return null;
        }
        catch (SchemaVersionException e)
        {
            return new("The schema of the database does not fit this program.", e.Message);
        }
    }
}
