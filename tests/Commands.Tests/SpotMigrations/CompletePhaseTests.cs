using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class CompletePhaseTests
{
    static CompletePhase Complete(int phase) => new(A.Id, phase);

    [Fact]
    public void GivenAllMoved_WhenThePhaseCompletes_ThenItsWindowOpens()
    {
        var past = Stages.SecondPhase().Moved(2, 3, 4, 5);
        Given(past)
            .When(Complete(2))
            .Then(new PhaseCompleted(A.Id, 2, 50, 4, 0, 1m, past.Now.AddMinutes(10), past.Now))
            .Where(m => Assert.Equal((MigrationStatus.Executing50Percent, PhaseStage.Watching), (m.Status, m.Stage)))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenTheLastPhase_WhenItCompletes_ThenTheMigrationMonitors()
    {
        var past = Stages.SecondWindow().CheckRequested().Measured().PhaseStarted(3, 6, 7, 8, 9, 10).Moved(6, 7, 8, 9, 10);
        Given(past)
            .When(Complete(3))
            .Then(new PhaseCompleted(A.Id, 3, 100, 5, 0, 1m, past.Now.AddMinutes(15), past.Now))
            .Where(m => Assert.Equal(MigrationStatus.Monitoring, m.Status));
    }

    [Fact]
    public void GivenOneInstance_WhenItsOnlyPhaseCompletes_ThenTheMigrationMonitors() =>
        Given(Stages.FirstPhase(1).Moved(1)).When(Complete(1)).Where(m => Assert.Equal(MigrationStatus.Monitoring, m.Status));

    [Theory]
    [InlineData("waiting")]
    [InlineData("starting")]
    [InlineData("launched")]
    [InlineData("interrupted")]
    public void GivenAnInstanceOnItsWay_WhenThePhaseCompletes_ThenNothing(string how)
    {
        var past = Stages.SecondPhase().Moved(2, 3, 4);
        if (how is not "waiting")
            past.Started(5);
        if (how is "launched" or "interrupted")
            past.Launched(5);
        if (how is "interrupted")
            past.Migrated(5).Interrupted(5);
        Given(past).When(Complete(2)).ThenNothing();
    }

    // 39 of 40 moved in the last phase of 80: 0.975; 38 of 40: exactly 0.95; 37 of 40: 0.925
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void GivenFailedMoves_WhenThePhaseCompletes_ThenNinetyFivePercentMustHaveMoved(int failed, bool goesOn)
    {
        int[] all = [.. Enumerable.Range(1, 40)];
        var past = Stages.Approved(40, new MigrationPolicy { PhaseFractions = [1m], MonitoringWindows = [TimeSpan.FromMinutes(15)] })
            .PhaseStarted(1, all).Moved(all.SkipLast(failed));
        foreach (var n in all.TakeLast(failed))
            past.Started(n).LaunchFailed(n).MoveFailed(n);

        var outcome = Given(past).When(Complete(1));

        Assert.Equal((40m - failed) / 40, outcome.Single<PhaseCompleted>().SuccessFraction);
        Assert.Equal(goesOn ? MigrationStatus.Monitoring : MigrationStatus.RollingBack, outcome.State.Status);
    }

    [Fact]
    public void GivenTooFewMoved_WhenThePhaseCompletes_ThenEverythingWithALaunchComesBackNewestFirst()
    {
        var past = Stages.SecondPhase().Moved(3, 2).Started(4).LaunchFailed(4).MoveFailed(4).MoveFailed(5);
        Given(past)
            .When(Complete(2))
            .Then(
                new PhaseCompleted(A.Id, 2, 50, 2, 2, 0.5m, past.Now.AddMinutes(10), past.Now),
                new RollbackStarted(A.Id, RollbackTrigger.PhaseFailed, "Only 2 of 4 instances of phase 2 moved; 0.95 of them must.", A.Instances(2, 3, 1, 4), past.Now))
            .Where(m => Assert.Equal(MigrationStatus.RollingBack, m.Status))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenAPhaseWhoseInstancesWereAllInterrupted_WhenItCompletes_ThenItRollsBack()
    {
        var past = Stages.SecondPhase().Moved(2, 3, 4, 5);
        foreach (var n in new[] { 2, 3, 4, 5 })
            past.Interrupted(n).ReturnedToOnDemand(n);
        var rollback = Given(past).When(Complete(2)).Single<RollbackStarted>();
        Assert.Equal((RollbackTrigger.PhaseFailed, 5), (rollback.Trigger, rollback.InstanceIds.Count));
        Assert.Equal(A.Instances(5, 4, 3, 2, 1), rollback.InstanceIds);
    }

    // with nothing launched there is nothing for an agent to bring back, and so nobody who would end it
    [Fact]
    public void GivenAPhaseInWhichNothingWasLaunched_WhenItCompletes_ThenTheMigrationIsRolledBackAtOnce()
    {
        var past = Stages.FirstPhase().MoveFailed(1);
        const string Reason = "Only 0 of 1 instances of phase 1 moved; 0.95 of them must.";
        Given(past)
            .When(Complete(1))
            .Then(
                new PhaseCompleted(A.Id, 1, 10, 0, 1, 0m, past.Now.AddMinutes(5), past.Now),
                new RollbackStarted(A.Id, RollbackTrigger.PhaseFailed, Reason, [], past.Now),
                new MigrationRolledBack(A.Id, Reason, true, [], past.Now))
            .Where(m => Assert.True(m.IsOver));
    }

    [Fact]
    public void GivenAnEarlierPhasesInstanceOnItsWay_WhenThePhaseCompletes_ThenItDoesNotWaitForIt() =>
        Assert.Single(Given(Stages.SecondPhase().Moved(2, 3, 4, 5).Interrupted(1).Started(1, rank: 1)).When(Complete(2)).Events);

    [Fact]
    public void GivenAPhase_WhenAnotherOneCompletes_ThenNothing() => Given(Stages.SecondPhase().Moved(2, 3, 4, 5)).When(Complete(1)).ThenNothing();

    public static TheoryData<string> NotMoving => Stages.Except("moving");

    [Theory]
    [MemberData(nameof(NotMoving))]
    public void GivenAnyOtherStage_WhenThePhaseCompletes_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Complete(1)).ThenNothing();
}
