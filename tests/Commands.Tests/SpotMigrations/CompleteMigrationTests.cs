using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class CompleteMigrationTests
{
    static readonly CompleteMigration Complete = new(A.Id);

    // promised 89.75 + 89.25; realised (0.34 − 0.119) + (0.126 − 0.0441) = 0.3029 USD/h × 730 h
    [Fact]
    public void GivenAllRetired_WhenCompleted_ThenPromiseAndRealityAreTold()
    {
        var past = Stages.Retiring().Retired(1, 2);
        Given(past)
            .When(Complete)
            .Then(new MigrationCompleted(A.Id, 2, 179.00m, 221.1170m, past.Now))
            .Where(m => Assert.Equal(MigrationStatus.Complete, m.Status))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenAnOldInstanceThatStillRuns_WhenCompleted_ThenNothing() => Given(Stages.Retiring().Retired(1)).When(Complete).ThenNothing();

    [Fact]
    public void GivenInstancesThatCameBackOrFailed_WhenCompleted_ThenOnlyTheRetiredCount()
    {
        var past = Stages.FirstPassed(2).PhaseStarted(3, 2).Moved(2).PhaseCompleted(1).Interrupted(2).ReturnedToOnDemand(2).CheckRequested().Measured().RetirementStarted(1).Retired(1);
        var completed = Given(past).When(Complete).Single<MigrationCompleted>();
        Assert.Equal((1, 161.33m), (completed.Moved, completed.RealisedSavingMonthlyUsd));
    }

    [Fact]
    public void GivenNothingLeftToRetire_WhenCompleted_ThenNothingMoved()
    {
        var past = Stages.FirstWindow(1).Interrupted(1).ReturnedToOnDemand(1).CheckRequested().Measured(QualityVerdict.NotEnoughData).Extended().CheckRequested().Measured(QualityVerdict.NotEnoughData).Paused().Resumed(accepted: true);
        var outcome = Given(past).When(new StartPhase(A.Id, 2));
        Assert.Empty(outcome.Single<RetirementStarted>().InstanceIds);
        var completed = outcome.When(Complete).Single<MigrationCompleted>();
        Assert.Equal((0, 0m), (completed.Moved, completed.RealisedSavingMonthlyUsd));
    }

    public static TheoryData<string> Others => Stages.Except();

    [Theory]
    [MemberData(nameof(Others))]
    public void GivenAnyStageWithWorkLeftOrNoneAtAll_WhenCompleted_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Complete).ThenNothing();
}
