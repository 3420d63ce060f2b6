using MassTransit;
using MassTransit.Configuration;
using MassTransit.Saga;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OptiInfra.EventStore;
using OptiInfra.Messaging.PostgresIntegration.Saga;

namespace OptiInfra.Messaging.Configuration;

sealed class PostgresSagaRepositoryConfigurator<TSaga> : IPostgresSagaRepositoryConfigurator where TSaga : class, ISaga
{
    public string SagaType { get; set; } = SnakeCaseEndpointNameFormatter.Instance.SanitizeName(typeof(TSaga).Name);

    public void Register(ISagaRepositoryRegistrationConfigurator<TSaga> configurator)
    {
        configurator.AddMessagingSessions();
        configurator.TryAddSingleton(provider => new PostgresSagaOptions<TSaga>(provider.GetRequiredService<IDocumentStore>(), SagaType));
        configurator.TryAddSingleton<SagaTable<TSaga>>();
        configurator.TryAddSingleton<SagaCache<TSaga>>();
        configurator.RegisterLoadSagaRepository<TSaga, PostgresSagaRepositoryContextFactory<TSaga>>();
        configurator.RegisterQuerySagaRepository<TSaga, PostgresSagaRepositoryContextFactory<TSaga>>();
        configurator.RegisterSagaRepository<TSaga, IDocumentSession, SagaConsumeContextFactory<IDocumentSession, TSaga>,
            PostgresSagaRepositoryContextFactory<TSaga>>();
    }
}
