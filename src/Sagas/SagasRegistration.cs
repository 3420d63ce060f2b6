using MassTransit;
using OptiInfra.Sagas.SpotMigrations;

namespace OptiInfra.Sagas;

public static class SagasRegistration
{
    /// <summary>All sagas with their endpoints; where their state is kept is the bus's configuration.</summary>
    public static IBusRegistrationConfigurator AddSagas(this IBusRegistrationConfigurator bus)
    {
        bus.AddSagaStateMachine<SpotMigrationStateMachine, SpotMigrationState>(typeof(SpotMigrationDefinition));
        return bus;
    }
}
