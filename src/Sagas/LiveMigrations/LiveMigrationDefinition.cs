using MassTransit;

namespace OptiInfra.Sagas.LiveMigrations;

/// <summary>The saga's endpoint: the queue <c>live-migration-saga</c>.</summary>
public sealed class LiveMigrationDefinition : SagaDefinition<LiveMigrationState>
{
    public LiveMigrationDefinition()
    {
        EndpointName = "live-migration-saga";
        ConcurrentMessageLimit = 16;
    }
}
