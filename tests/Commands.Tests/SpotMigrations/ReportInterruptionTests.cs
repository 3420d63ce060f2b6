using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class ReportInterruptionTests
{
    static ReportInterruption Interruption(int n = 1, int attempt = 1) => new(A.Id, A.Instance(n), A.Replacement(n, attempt), Noon.AddMinutes(30), "instance-action: terminate");

    static InstanceInterrupted Interrupted(Past past, int phase = 1, int n = 1) =>
        new(A.Id, phase, A.Instance(n), A.Replacement(n), A.Pool(n), Noon.AddMinutes(30), "instance-action: terminate", past.Now);

    [Theory]
    [InlineData("watching")]
    [InlineData("measuring")]
    [InlineData("passed")]
    [InlineData("paused")]
    public void GivenAMovedInstance_WhenItsReplacementIsTakenBack_ThenThatIsKnownOnce(string stage)
    {
        var past = Stages.All[stage]();
        Given(past).When(Interruption()).Then(Interrupted(past)).Again().ThenNothing();
    }

    [Fact]
    public void GivenAPhaseUnderWay_WhenAReplacementIsTakenBack_ThenThePhaseWaitsForIt()
    {
        var past = Stages.SecondPhase().Moved(2, 3, 4, 5);
        Given(past).When(Interruption(3)).Then(Interrupted(past, phase: 2, n: 3)).When(new CompletePhase(A.Id, 2)).ThenNothing();
    }

    [Fact]
    public void GivenAReplacementWithoutTraffic_WhenItIsTakenBack_ThenThatIsKnown()
    {
        var past = Stages.FirstPhase().Started(1).Launched(1);
        Given(past).When(Interruption()).Then(Interrupted(past));
    }

    [Fact]
    public void GivenASecondReplacement_WhenTheFirstOnesEndIsReported_ThenNothing() =>
        Given(Stages.FirstWindow().Interrupted(1).Started(1, rank: 1).Launched(1).Migrated(1)).When(Interruption()).ThenNothing();

    [Fact]
    public void GivenASecondReplacement_WhenItIsTakenBackToo_ThenThatIsKnown() =>
        Assert.Equal(A.Pool(1, 1), Given(Stages.FirstWindow().Interrupted(1).Started(1, rank: 1).Launched(1).Migrated(1)).When(Interruption(attempt: 2)).Single<InstanceInterrupted>().Pool);

    // the old machine would go, and nothing would be left
    [Fact]
    public void GivenRetirement_WhenAReplacementIsTakenBack_ThenTheOldInstanceStays()
    {
        var past = Stages.Retiring();
        Given(past)
            .When(Interruption())
            .Then(
                Interrupted(past),
                new InstanceReturnedToOnDemand(A.Id, 1, A.Instance(1), "Interrupted while the old instances were being retired.", past.Now))
            .When(new RecordInstanceRetired(A.Id, A.Instance(1), A.Replacement(1), 0.05m)).ThenRefused("not_migrated", "it stays");
    }

    [Fact]
    public void GivenTheLastInstanceToRetire_WhenItsReplacementIsTakenBack_ThenTheMigrationCanComplete()
    {
        var past = Stages.Retiring().Retired(2);
        var realised = Money.MonthlyUsd(A.OnDemandHourlyUsd(2) - A.SpotHourlyUsd(2));
        Given(past)
            .When(Interruption())
            .When(new CompleteMigration(A.Id))
            .Then(new MigrationCompleted(A.Id, 1, A.Plan(2).PromisedSavingMonthlyUsd, realised, past.Now));
    }

    [Theory]
    [InlineData("approved")]
    [InlineData("moving")]
    [InlineData("rolling back")]
    [InlineData("complete")]
    [InlineData("cancelled")]
    public void GivenNoReplacementInUse_WhenAnInterruptionIsReported_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Interruption()).ThenNothing();

    [Fact]
    public void GivenARetiredInstance_WhenItsReplacementIsTakenBack_ThenNothing() => Given(Stages.Retiring().Retired(1)).When(Interruption()).ThenNothing();

    [Fact]
    public void GivenAStranger_WhenAnInterruptionIsReported_ThenNothing() => Given(Stages.FirstWindow()).When(Interruption(9)).ThenNothing();
}
