using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class ResumeMigrationTests
{
    [Fact]
    public void GivenAPause_WhenResumed_ThenItIsWatchedAgainForAWholeWindow()
    {
        var past = Stages.Paused().Later(TimeSpan.FromDays(1));
        Given(past)
            .When(new ResumeMigration(A.Id, "pat"))
            .Then(new RolloutResumed(A.Id, 1, "pat", false, past.Now.AddMinutes(5), past.Now))
            .Where(m => Assert.Equal((MigrationStatus.Executing10Percent, PhaseStage.Watching, (DateTimeOffset?)past.Now.AddMinutes(5)), (m.Status, m.Stage, m.WindowEndsAt)))
            .Again().ThenRefused("wrong_status", "Resuming");
    }

    [Fact]
    public void GivenAPause_WhenItsQualityIsAccepted_ThenTheGateHasPassed()
    {
        var past = Stages.Paused();
        Given(past)
            .When(new ResumeMigration(A.Id, "pat", AcceptQuality: true))
            .Then(new RolloutResumed(A.Id, 1, "pat", true, past.Now.AddMinutes(5), past.Now))
            .When(new StartPhase(A.Id, 2))
            .Where(m => Assert.Equal((MigrationStatus.Executing50Percent, 2), (m.Status, m.Phase)));
    }

    [Fact]
    public void GivenAPauseInTheLastWindow_WhenResumed_ThenTheMigrationMonitors() =>
        Given(Stages.LastWindow().CheckRequested().Measured(QualityVerdict.NotEnoughData).Extended().CheckRequested().Measured(QualityVerdict.NotEnoughData).Paused())
            .When(new ResumeMigration(A.Id, "pat"))
            .Where(m => Assert.Equal(MigrationStatus.Monitoring, m.Status));

    [Fact]
    public void GivenAPauseInTheLastWindow_WhenItsQualityIsAccepted_ThenTheOldInstancesAreRetired() =>
        Assert.Equal(10, Given(Stages.LastWindow().CheckRequested().Measured(QualityVerdict.NotEnoughData).Extended().CheckRequested().Measured(QualityVerdict.NotEnoughData).Paused())
            .When(new ResumeMigration(A.Id, "pat", AcceptQuality: true))
            .When(new StartPhase(A.Id, 4)).Single<RetirementStarted>().InstanceIds.Count);

    public static TheoryData<string> NotPaused => Stages.Except("paused");

    [Theory]
    [MemberData(nameof(NotPaused))]
    public void GivenNoPause_WhenResumed_ThenRefused(string stage) => Given(Stages.All[stage]()).When(new ResumeMigration(A.Id, "pat")).ThenRefused("wrong_status", "Resuming");
}
