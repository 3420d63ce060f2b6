using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RequestQualityCheckTests
{
    static readonly RequestQualityCheck Check = new(A.Id, 1);

    [Fact]
    public void GivenAWindow_WhenItEnds_ThenTheMeasurementIsAskedFor()
    {
        var past = Stages.FirstWindow();
        Given(past)
            .When(Check, past.WindowEndsAt)
            .Then(new QualityCheckRequested(A.Id, 1, 1, past.WindowEndsAt))
            .Where(m => Assert.Equal(PhaseStage.Measuring, m.Stage))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenASecondPhase_WhenItsWindowEnds_ThenChecksAreNumberedOn() =>
        Assert.Equal(2, Given(Stages.SecondWindow()).When(new RequestQualityCheck(A.Id, 2), Noon.AddHours(1)).Single<QualityCheckRequested>().Check);

    [Fact]
    public void GivenAnExtendedWindow_WhenTheFirstTimerComesOnceMore_ThenNothing()
    {
        var past = Stages.FirstWindow();
        var first = past.WindowEndsAt;
        past.CheckRequested().Measured(QualityVerdict.NotEnoughData).Extended();
        Given(past).When(Check, first.AddSeconds(5)).ThenNothing();
        Given(past).When(Check, past.WindowEndsAt).Then(new QualityCheckRequested(A.Id, 1, 2, past.WindowEndsAt));
    }

    // the timer is watched by one machine's clock and the command decided by another's: refused for a moment, it would never come again
    [Fact]
    public void GivenClocksThatDiffer_WhenTheTimerComesAMomentEarly_ThenTheMeasurementIsAskedFor()
    {
        var past = Stages.FirstWindow();
        Assert.Single(Given(past).When(Check, past.WindowEndsAt.AddSeconds(-30)).Events);
        Given(past).When(Check, past.WindowEndsAt.AddSeconds(-31)).ThenNothing();
    }

    [Fact]
    public void GivenAShortWindow_WhenTheTimerComesEarly_ThenAtMostATenthIsLeftOut()
    {
        var past = Stages.FirstWindow(policy: new MigrationPolicy { MonitoringWindows = [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)] });
        Assert.Single(Given(past).When(Check, past.WindowEndsAt.AddSeconds(-1)).Events);
        Given(past).When(Check, past.WindowEndsAt.AddSeconds(-1.1)).ThenNothing();
    }

    [Fact]
    public void GivenAResumedWindow_WhenItEnds_ThenTheMeasurementIsAskedForAgain()
    {
        var past = Stages.Paused().Later(TimeSpan.FromDays(2)).Resumed(accepted: false);
        Given(past).When(Check).ThenNothing();
        Given(past).When(Check, past.WindowEndsAt).Then(new QualityCheckRequested(A.Id, 1, 3, past.WindowEndsAt));
    }

    public static TheoryData<string> NotWatching => Stages.Except("watching");

    [Theory]
    [MemberData(nameof(NotWatching))]
    public void GivenNoWindow_WhenATimerComes_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Check, Noon.AddDays(3)).ThenNothing();

    [Fact]
    public void GivenAWindow_WhenAnotherPhasesTimerComes_ThenNothing() => Given(Stages.SecondWindow()).When(Check, Noon.AddDays(3)).ThenNothing();
}
