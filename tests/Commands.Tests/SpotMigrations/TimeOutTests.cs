using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class TimeOutTests
{
    static TimeOut Over(WaitingFor waitingFor, int phase = 1) => new(A.Id, waitingFor, phase);

    [Theory]
    [InlineData("requested")]
    [InlineData("analyzing")]
    public void GivenNoAnalysis_WhenItsTimeIsOver_ThenTheMigrationFailsNamingTheAgent(string stage)
    {
        var past = Stages.All[stage]();
        Given(past)
            .When(Over(WaitingFor.Analysis))
            .Then(new MigrationFailed(A.Id, "The cost agent did not analyse the fleet within 00:30:00; see the agents' logs and the queue cost-agent, then request a new migration.", past.Now))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenMissingVotes_WhenTheirTimeIsOver_ThenTheMigrationFailsNamingTheAgents()
    {
        var past = Stages.Coordinating().Approves("cost", "resource");
        Given(past)
            .When(Over(WaitingFor.Votes))
            .Then(new MigrationFailed(A.Id, "No vote from performance, application within 00:30:00; nothing was moved. See that agent's log and its queue, then request a new migration.", past.Now))
            .Again().ThenNothing();
    }

    // whoever was to close the voting did not: the votes are there, so they count
    [Fact]
    public void GivenAllVotes_WhenTheirTimeIsOver_ThenVotingCloses() => Assert.Single(Given(Stages.AllVoted()).When(Over(WaitingFor.Votes)).Events.OfType<ApprovalRequested>());

    [Fact]
    public void GivenAPhaseUnderWay_WhenItsTimeIsOver_ThenWhatWasLaunchedComesBack()
    {
        var past = Stages.SecondPhase().Moved(2).Started(3).Launched(3).Started(4);
        Given(past)
            .When(Over(WaitingFor.Phase, 2))
            .Then(new RollbackStarted(A.Id, RollbackTrigger.PhaseTimedOut, "Phase 2 did not finish within 01:00:00.", A.Instances(2, 1, 4, 3), past.Now))
            .Again().ThenNothing();
    }

    // the agent that never started anything would not bring anything back either
    [Fact]
    public void GivenAPhaseThatNoAgentBegan_WhenItsTimeIsOver_ThenTheMigrationIsRolledBackAtOnce()
    {
        var past = Stages.FirstPhase();
        Given(past)
            .When(Over(WaitingFor.Phase))
            .Then(
                new RollbackStarted(A.Id, RollbackTrigger.PhaseTimedOut, "Phase 1 did not finish within 01:00:00.", [], past.Now),
                new MigrationRolledBack(A.Id, "Phase 1 did not finish within 01:00:00.", true, [], past.Now));
    }

    // whoever was to complete the phase did not: its instances have moved, so it completes
    [Fact]
    public void GivenAPhaseWhoseInstancesHaveAllMoved_WhenItsTimeIsOver_ThenItCompletes() =>
        Given(Stages.FirstPhase().Moved(1)).When(Over(WaitingFor.Phase)).Where(m => Assert.Equal(PhaseStage.Watching, m.Stage));

    [Fact]
    public void GivenALaterPhase_WhenAnEarlierOnesTimeIsOver_ThenNothing() => Given(Stages.SecondPhase().Started(2)).When(Over(WaitingFor.Phase)).ThenNothing();

    [Fact]
    public void GivenNoMeasurement_WhenItsTimeIsOver_ThenWhatNobodyWatchesComesBack()
    {
        var past = Stages.FirstWindow().CheckRequested().Later(TimeSpan.FromMinutes(10));
        Given(past)
            .When(Over(WaitingFor.Measurement))
            .Then(new RollbackStarted(A.Id, RollbackTrigger.MeasurementTimedOut, "The application agent did not measure phase 1 within 00:10:00; unwatched changes do not stay.", A.Instances(1), past.Now))
            .Again().ThenNothing();
    }

    // the timer of the first check, delivered late, must not end the second one
    [Fact]
    public void GivenASecondCheckOfThePhase_WhenTheFirstOnesTimerComesLate_ThenNothing()
    {
        var past = Stages.FirstWindow().CheckRequested().Measured(QualityVerdict.NotEnoughData).Extended().CheckRequested();
        Given(past).When(Over(WaitingFor.Measurement), past.Now.AddMinutes(9)).ThenNothing();
    }

    [Fact]
    public void GivenClocksThatDiffer_WhenTheMeasurementsTimerComesAMomentEarly_ThenItCounts()
    {
        var past = Stages.FirstWindow().CheckRequested();
        Assert.Single(Given(past).When(Over(WaitingFor.Measurement), past.WindowEndsAt.AddMinutes(9.5)).Events);
    }

    [Fact]
    public void GivenARollback_WhenItsTimeIsOver_ThenAPersonIsCalledAndItGoesOn()
    {
        var past = Stages.RollingBack();
        Given(past)
            .When(Over(WaitingFor.Rollback))
            .Then(new AttentionNeeded(A.Id, "rollback", "The rollback has not finished within 01:00:00; it goes on trying.", past.Now))
            .Where(m => Assert.Equal(MigrationStatus.RollingBack, m.Status));
    }

    [Fact]
    public void GivenRetirement_WhenItsTimeIsOver_ThenAPersonIsCalledAndItGoesOn()
    {
        var past = Stages.Retiring().Retired(1);
        Given(past)
            .When(Over(WaitingFor.Retirement))
            .Then(new AttentionNeeded(A.Id, "retirement", "The old instances are not all retired after 01:00:00; it goes on trying.", past.Now))
            .Where(m => Assert.Equal(PhaseStage.Retiring, m.Stage));
    }

    public static TheoryData<string, WaitingFor> NotWaiting
    {
        get
        {
            var waits = new Dictionary<WaitingFor, string[]>
            {
                [WaitingFor.Analysis] = ["requested", "analyzing"],
                [WaitingFor.Votes] = ["coordinating"],
                [WaitingFor.Phase] = ["moving"],
                [WaitingFor.Measurement] = ["measuring"],
                [WaitingFor.Rollback] = ["rolling back"],
                [WaitingFor.Retirement] = ["retiring"],
            };
            var data = new TheoryData<string, WaitingFor>();
            foreach (var (waitingFor, stages) in waits)
            {
                foreach (var stage in Stages.All.Keys.Except(stages))
                    data.Add(stage, waitingFor);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(NotWaiting))]
    public void GivenNobodyWaits_WhenATimerComes_ThenNothing(string stage, WaitingFor waitingFor) => Given(Stages.All[stage]()).When(Over(waitingFor), Noon.AddDays(3)).ThenNothing();
}
