using MassTransit;

namespace OptiInfra.Sagas.SpotMigrations;

/// <summary>The saga's endpoint: the queue <c>spot-migration-saga</c>.</summary>
public sealed class SpotMigrationDefinition : SagaDefinition<SpotMigrationState>
{
    public SpotMigrationDefinition()
    {
        EndpointName = "spot-migration-saga";
        ConcurrentMessageLimit = 16;
    }
}
