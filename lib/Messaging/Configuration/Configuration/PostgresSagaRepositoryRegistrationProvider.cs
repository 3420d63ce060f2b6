using MassTransit;
using MassTransit.Configuration;

namespace OptiInfra.Messaging.Configuration;

sealed class PostgresSagaRepositoryRegistrationProvider : ISagaRepositoryRegistrationProvider
{
    public void Configure<TSaga>(ISagaRegistrationConfigurator<TSaga> configurator) where TSaga : class, ISaga => configurator.PostgresRepository();
}
