using OptiInfra.Messaging.Configuration;

namespace MassTransit;

public static class PostgresSagaRepositoryRegistrationExtensions
{
    /// <summary>Keeps the saga in PostgreSQL, in the transaction of the event store.</summary>
    public static ISagaRegistrationConfigurator<T> PostgresRepository<T>(
        this ISagaRegistrationConfigurator<T> configurator, Action<IPostgresSagaRepositoryConfigurator>? configure = null) where T : class, ISaga
    {
        var repository = new PostgresSagaRepositoryConfigurator<T>();
        configure?.Invoke(repository);
        return configurator.Repository(repository.Register);
    }

    /// <summary>Keeps every saga in PostgreSQL for which nothing else is configured.</summary>
    public static void SetPostgresSagaRepositoryProvider(this IRegistrationConfigurator configurator) =>
        configurator.SetSagaRepositoryProvider(new PostgresSagaRepositoryRegistrationProvider());
}
