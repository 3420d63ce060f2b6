using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OptiInfra.Sagas.LiveMigrations;
using OptiInfra.Sagas.SpotMigrations;

namespace OptiInfra.Sagas;

public static class SagasRegistration
{
    /// <summary>All sagas with their endpoints; where their state is kept is the bus's configuration.</summary>
    public static IBusRegistrationConfigurator AddSagas(this IBusRegistrationConfigurator bus)
    {
        bus.TryAddSingleton<ISagaCommands, SagaCommands>();
        bus.AddSagaStateMachine<SpotMigrationStateMachine, SpotMigrationState>(typeof(SpotMigrationDefinition));
        bus.AddSagaStateMachine<LiveMigrationStateMachine, LiveMigrationState>(typeof(LiveMigrationDefinition));
        return bus;
    }
}
