using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RecordQualityTests
{
    static RecordQuality Quality(int phase, int check, params QualityWindow[] windows) => new(A.Id, phase, check, windows, []);

    static QualityWindow[] Windows(int first, int last, bool slow = false) => [.. Enumerable.Range(first, last - first + 1).Select(n => A.Window(A.Replacement(n), slow: slow))];

    [Fact]
    public void GivenAMeasurement_WhenQualityHolds_ThenTheGateHasPassed()
    {
        var outcome = Given(Stages.SecondWindow().CheckRequested()).When(Quality(2, 2, Windows(1, 5)));
        var measured = Assert.IsType<QualityMeasured>(Assert.Single(outcome.Events));
        Assert.Equal((QualityVerdict.Healthy, 0.0, 5), (measured.Comparison.Verdict, measured.Comparison.Degradation, measured.Comparison.Instances.Count));
        Assert.Equal(PhaseStage.Passed, outcome.State.Stage);
        outcome.Again().ThenNothing();
    }

    [Fact]
    public void GivenAMeasurement_WhenQualityIsWorse_ThenAllThatMovedComesBackNewestFirst()
    {
        var past = Stages.SecondPhase().Moved(4, 2, 5, 3).PhaseCompleted(4).CheckRequested();
        var outcome = Given(past).When(Quality(2, 2, Windows(1, 5, slow: true)));
        var comparison = outcome.Single<QualityMeasured>().Comparison;
        outcome.Then(
            new QualityMeasured(A.Id, 2, 2, Windows(1, 5, slow: true), [], comparison, past.Now),
            new QualityDegraded(A.Id, 2, comparison.Degradation!.Value, 0.05, comparison.Explanation, past.Now),
            new RollbackStarted(A.Id, RollbackTrigger.QualityDegraded, comparison.Explanation, A.Instances(3, 5, 2, 4, 1), past.Now));
        Assert.StartsWith("Quality is worse: degradation ", comparison.Explanation, StringComparison.Ordinal);
        outcome.Again().ThenNothing();
    }

    [Fact]
    public void GivenAFirstMeasurement_WhenThereIsNotEnoughData_ThenTheWindowGoesOnOnce()
    {
        var past = Stages.FirstWindow().CheckRequested();
        var outcome = Given(past).When(Quality(1, 1, A.Window(A.Replacement(1), requests: 999)));
        var comparison = outcome.Single<QualityMeasured>().Comparison;
        Assert.Contains("999 after, 1000 needed", comparison.Explanation, StringComparison.Ordinal);
        outcome.Then(
            new QualityMeasured(A.Id, 1, 1, [A.Window(A.Replacement(1), requests: 999)], [], comparison, past.Now),
            new MonitoringExtended(A.Id, 1, comparison.Explanation, past.Now.AddMinutes(5), past.Now));
        outcome.Again().ThenNothing();
    }

    [Fact]
    public void GivenAnExtendedWindow_WhenThereIsStillNotEnoughData_ThenTheRolloutStopsForAPerson()
    {
        var past = Stages.FirstWindow().CheckRequested().Measured(QualityVerdict.NotEnoughData).Extended().CheckRequested();
        var outcome = Given(past).When(Quality(1, 2));
        Assert.StartsWith("Not enough data to judge, also after an extended window.", outcome.Single<RolloutPaused>().Reason, StringComparison.Ordinal);
        Assert.Equal((MigrationStatus.Paused, (DateTimeOffset?)null), (outcome.State.Status, outcome.State.WindowEndsAt));
    }

    [Fact]
    public void GivenANextPhase_WhenThereIsNotEnoughData_ThenItsWindowMayGoOnOnceToo()
    {
        var past = Stages.FirstWindow().CheckRequested().Measured(QualityVerdict.NotEnoughData).Extended().CheckRequested().Measured()
            .PhaseStarted(2, 2, 3, 4, 5).Moved(2, 3, 4, 5).PhaseCompleted(4).CheckRequested();
        Assert.Equal(past.Now.AddMinutes(10), Given(past).When(Quality(2, 3)).Single<MonitoringExtended>().WindowEndsAt);
    }

    [Fact]
    public void GivenAResumedRollout_WhenThereIsNotEnoughDataAgain_ThenItsWindowMayGoOnOnceMore() =>
        Assert.Single(Given(Stages.Paused().Resumed(accepted: false).CheckRequested()).When(Quality(1, 3)).Events.OfType<MonitoringExtended>());

    // a gate that left it out would pass what nobody watched
    [Theory]
    [InlineData("interrupted")]
    [InlineData("launching in another pool")]
    public void GivenAnInstanceThatIsBeingReplaced_WhenTheOthersAreHealthy_ThenThereIsNotEnoughData(string how)
    {
        var past = Stages.SecondWindow().Interrupted(4);
        if (how is not "interrupted")
            past.Started(4, rank: 1);
        var comparison = Given(past.CheckRequested()).When(Quality(2, 2, Windows(1, 5))).Single<QualityMeasured>().Comparison;
        Assert.Equal(QualityVerdict.NotEnoughData, comparison.Verdict);
        Assert.Contains($"{A.Instance(4)}: its replacement could not be measured", comparison.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void GivenAReplacedReplacement_WhenOnlyTheOldOneWasMeasured_ThenItDoesNotCount()
    {
        var past = Stages.FirstWindow().Interrupted(1).Started(1, rank: 1).Launched(1).Migrated(1).CheckRequested();
        Assert.Single(Given(past).When(Quality(1, 1, A.Window(A.Replacement(1)))).Events.OfType<MonitoringExtended>());
        Assert.Equal(A.Replacement(1, 2), Assert.Single(Given(past).When(Quality(1, 1, A.Window(A.Replacement(1, 2)))).Single<QualityMeasured>().Comparison.Instances).ReplacementId);
    }

    [Fact]
    public void GivenAnInstanceBackOnDemand_WhenMeasured_ThenTheOthersDecide()
    {
        var past = Stages.SecondWindow().Interrupted(4).ReturnedToOnDemand(4).CheckRequested();
        var comparison = Given(past).When(Quality(2, 2, Windows(1, 5))).Single<QualityMeasured>().Comparison;
        Assert.Equal((QualityVerdict.Healthy, 4), (comparison.Verdict, comparison.Instances.Count));
    }

    [Fact]
    public void GivenEveryInstanceBackOnDemand_WhenMeasured_ThenAPersonIsAskedInTheEnd()
    {
        var past = Stages.FirstWindow().Interrupted(1).ReturnedToOnDemand(1).CheckRequested();
        Assert.Equal("No moved instance to compare.", Given(past).When(Quality(1, 1)).Single<MonitoringExtended>().Reason);
    }

    [Fact]
    public void GivenAMeasurement_WhenAnInstanceIsMeasuredTwice_ThenRefused() =>
        Given(Stages.FirstWindow().CheckRequested())
            .When(Quality(1, 1, A.Window(A.Replacement(1)), A.Window(A.Replacement(1), slow: true)))
            .ThenRefused("measured_twice", A.Replacement(1));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    public void GivenASecondMeasurement_WhenAnotherOneIsAnswered_ThenNothing(int phase, int check)
    {
        var past = Stages.FirstWindow().CheckRequested().Measured(QualityVerdict.NotEnoughData).Extended().CheckRequested();
        Given(past).When(Quality(phase, check, A.Window(A.Replacement(1)))).ThenNothing();
    }

    public static TheoryData<string> NotMeasuring => Stages.Except("measuring");

    [Theory]
    [MemberData(nameof(NotMeasuring))]
    public void GivenAnyOtherStage_WhenAMeasurementComes_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Quality(1, 1, A.Window(A.Replacement(1)))).ThenNothing();
}
