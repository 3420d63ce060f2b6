using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary><c>Given(what happened).When(command).Then(what happens)</c> of a training job.</summary>
public static class JobScene
{
    static readonly Decider<TrainingJob, ILiveMigrationCommand> Jobs = new(TrainingJobDecider.Decide, Log.FoldJob, Pause: TimeSpan.FromSeconds(1));

    public static Situation<TrainingJob, ILiveMigrationCommand> Given(JobPast past) => new(Jobs, [.. past.Events], past.Now);

    public static Situation<TrainingJob, ILiveMigrationCommand> GivenNothing() => new(Jobs, [], Spec.Noon);
}
