using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class StartPhaseTests
{
    static StartPhase Start(int phase) => new(A.Id, phase);

    [Fact]
    public void GivenAnApproval_WhenTheFirstPhaseStarts_ThenATenthMoves()
    {
        var past = Stages.Approved();
        Given(past)
            .When(Start(1))
            .Then(new PhaseStarted(A.Id, 1, 10, 1, A.Instances(1), past.Now))
            .Where(m => Assert.Equal((MigrationStatus.Executing10Percent, PhaseStage.Moving), (m.Status, m.Stage)))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenTheFirstGate_WhenTheSecondPhaseStarts_ThenItBringsTheMigrationToHalf()
    {
        var past = Stages.FirstPassed();
        Given(past)
            .When(Start(2))
            .Then(new PhaseStarted(A.Id, 2, 50, 5, A.InstancesFromTo(2, 5), past.Now))
            .Where(m => Assert.Equal(MigrationStatus.Executing50Percent, m.Status))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenTheSecondGate_WhenTheLastPhaseStarts_ThenTheRestMoves()
    {
        var past = Stages.SecondWindow().CheckRequested().Measured();
        Given(past)
            .When(Start(3))
            .Then(new PhaseStarted(A.Id, 3, 100, 10, A.InstancesFromTo(6, 10), past.Now))
            .Where(m => Assert.Equal(MigrationStatus.Executing100Percent, m.Status));
    }

    [Fact]
    public void GivenTheLastGate_WhenTheNextPhaseStarts_ThenTheOldInstancesAreRetiredInTheOrderOfTheirMoves()
    {
        var past = Stages.LastPassed();
        Given(past)
            .When(Start(4))
            .Then(new RetirementStarted(A.Id, A.InstancesFromTo(1, 10), past.Now))
            .Where(m => Assert.Equal((MigrationStatus.Monitoring, PhaseStage.Retiring), (m.Status, m.Stage)));
    }

    // a redelivered measurement asks for it again: that is no wrong status
    [Fact]
    public void GivenRetirement_WhenItsStartIsAskedForAgain_ThenNothing() => Given(Stages.LastPassed()).When(Start(4)).Again().ThenNothing();

    // of six: 0.6 → 1, 3, 6; of three: 0.3 → 1, 1.5 → 2, 3; of two: 1, 1, 2; of one: 1, 1, 1
    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(2, new[] { 1, 3 })]
    [InlineData(3, new[] { 1, 2, 3 })]
    [InlineData(6, new[] { 1, 2, 3 })]
    public void GivenASmallPlan_WhenEachPhaseStarts_ThenPhasesWithNothingToMoveAreLeftOut(int instances, int[] phases)
    {
        var past = Stages.Approved(instances);
        var seen = new List<int>();
        var moved = 0;
        for (var next = 1; ;)
        {
            var happened = Assert.Single(Given(past).When(Start(next)).Events);
            if (happened is RetirementStarted retirement)
            {
                Assert.Equal(A.InstancesFromTo(1, instances), retirement.InstanceIds);
                break;
            }

            var started = Assert.IsType<PhaseStarted>(happened);
            seen.Add(started.Phase);
            int[] moving = [.. Enumerable.Range(moved + 1, started.InstanceIds.Count)];
            Assert.Equal(A.Instances(moving), started.InstanceIds);
            moved += moving.Length;
            Assert.Equal(moved, started.TargetInstances);
            past.PhaseStarted(started.Phase, moving).Moved(moving).PhaseCompleted(moving.Length).CheckRequested().Measured();
            next = started.Phase + 1;
        }

        Assert.Equal(phases, seen);
    }

    [Fact]
    public void GivenTwoInstances_WhenTheSkippedPhaseIsAskedForAgain_ThenNothing() =>
        Given(Stages.FirstPassed(2)).When(Start(2)).Where(m => Assert.Equal(3, m.Phase)).Again().ThenNothing();

    // 100 % is not "executing 10 percent" because it is the first phase
    [Fact]
    public void GivenAPolicyOfOnePhase_WhenItStarts_ThenTheStatusSaysAll()
    {
        var policy = new MigrationPolicy { PhaseFractions = [1m], MonitoringWindows = [TimeSpan.FromMinutes(15)] };
        var past = Stages.Approved(3, policy);
        Given(past)
            .When(Start(1))
            .Then(new PhaseStarted(A.Id, 1, 100, 3, A.Instances(1, 2, 3), past.Now))
            .Where(m => Assert.Equal(MigrationStatus.Executing100Percent, m.Status));
    }

    [Fact]
    public void GivenAcceptedQuality_WhenTheNextPhaseStarts_ThenItStarts() =>
        Assert.Equal(2, Given(Stages.Paused().Resumed(accepted: true)).When(Start(2)).Single<PhaseStarted>().Phase);

    [Fact]
    public void GivenFailedMoves_WhenTheOldInstancesAreRetired_ThenTheirsStay()
    {
        int[] all = [.. Enumerable.Range(1, 20)];
        var policy = new MigrationPolicy { PhaseFractions = [1m], MonitoringWindows = [TimeSpan.FromMinutes(15)] };
        var past = Stages.Approved(20, policy).PhaseStarted(1, all).Moved(all.Except([7])).Started(7).LaunchFailed(7).MoveFailed(7).PhaseCompleted(19, 1).CheckRequested().Measured();
        Given(past).When(Start(2)).Then(new RetirementStarted(A.Id, A.Instances([.. all.Except([7])]), past.Now));
    }

    // it would wait for ever: its launch would be refused, and the completion would not count it
    [Theory]
    [InlineData("interrupted")]
    [InlineData("waiting for another pool")]
    [InlineData("launching in another pool")]
    [InlineData("launched in another pool")]
    public void GivenAnInstanceThatIsBeingReplaced_WhenTheLastGateHasPassed_ThenItStaysOnDemand(string how)
    {
        var past = Stages.LastWindow().Interrupted(4);
        if (how is not "interrupted")
            past.Started(4, rank: 1);
        if (how is "waiting for another pool")
            past.LaunchFailed(4);
        if (how is "launched in another pool")
            past.Launched(4);
        past.CheckRequested().Measured();
        Given(past)
            .When(Start(4))
            .Then(
                new InstanceReturnedToOnDemand(A.Id, 2, A.Instance(4), "The last gate passed before another replacement had taken over.", past.Now),
                new RetirementStarted(A.Id, A.Instances(1, 2, 3, 5, 6, 7, 8, 9, 10), past.Now));
    }

    [Theory]
    [InlineData("moving")]
    [InlineData("watching")]
    [InlineData("measuring")]
    [InlineData("paused")]
    public void GivenAGateThatHasNotPassed_WhenTheNextPhaseStarts_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Start(2)).ThenRefused("wrong_status", "Starting phase 2");

    [Fact]
    public void GivenTheFirstGate_WhenAPhaseIsSkipped_ThenRefused() => Given(Stages.FirstPassed()).When(Start(3)).ThenRefused("wrong_status");

    [Theory]
    [InlineData("requested")]
    [InlineData("coordinating")]
    [InlineData("awaiting approval")]
    [InlineData("failed")]
    public void GivenNoApproval_WhenTheFirstPhaseStarts_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Start(1)).ThenRefused("wrong_status", "Starting phase 1");

    [Fact]
    public void GivenAnApprovalThatWasCancelled_WhenTheFirstPhaseStarts_ThenRefused() =>
        Given(Stages.Approved().CancellationRequested().Cancelled()).When(Start(1)).ThenRefused("wrong_status", "cancelled");

    [Theory]
    [InlineData("rolling back")]
    [InlineData("rolled back")]
    public void GivenARollback_WhenTheNextPhaseStarts_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Start(2)).ThenRefused("wrong_status", "roll");
}
