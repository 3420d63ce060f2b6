using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests;

/// <summary><c>Given(what happened).When(command).Then(what happens)</c> of a migration.</summary>
public static class Spec
{
    static readonly Decider<SpotMigration, ISpotMigrationCommand> Migrations = new(SpotMigrationDecider.Decide, Log.Fold, Pause: TimeSpan.Zero);

    public static DateTimeOffset Noon { get; } = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    public static Situation<SpotMigration, ISpotMigrationCommand> Given(Past past) => new(Migrations, [.. past.Events], past.Now);

    public static Situation<SpotMigration, ISpotMigrationCommand> GivenNothing() => new(Migrations, [], Noon);
}
