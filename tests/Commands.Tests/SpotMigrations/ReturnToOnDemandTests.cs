using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class ReturnToOnDemandTests
{
    static readonly ReturnToOnDemand Return = new(A.Id, A.Instance(1), "no other pool has capacity");

    [Fact]
    public void GivenAnInterruption_WhenNoOtherPoolWillDo_ThenTheOldInstanceServesAgain()
    {
        var past = Stages.FirstWindow().Interrupted(1);
        Given(past).When(Return).Then(new InstanceReturnedToOnDemand(A.Id, 1, A.Instance(1), "no other pool has capacity", past.Now)).Again().ThenNothing();
    }

    [Fact]
    public void GivenAnInterruptionAndAFailedLaunch_WhenGivenUp_ThenTheOldInstanceServesAgain() =>
        Assert.Single(Given(Stages.FirstWindow().Interrupted(1).Started(1, rank: 1).LaunchFailed(1)).When(Return).Events);

    // else nobody could settle it, and the phase would run into its timeout
    [Fact]
    public void GivenAnInterruptionBeforeTheTrafficMovedAndAFailedLaunch_WhenGivenUp_ThenTheOldInstanceServes() =>
        Assert.Single(Given(Stages.FirstPhase().Started(1).Launched(1).Interrupted(1).Started(1, rank: 1).LaunchFailed(1)).When(Return).Events);

    [Fact]
    public void GivenRetirement_WhenAReplacementIsLost_ThenTheOldInstanceStaysAndTheRestCompletes()
    {
        var past = Stages.Retiring().Retired(2);
        Given(past)
            .When(Return)
            .Then(new InstanceReturnedToOnDemand(A.Id, 1, A.Instance(1), "no other pool has capacity", past.Now))
            .When(new CompleteMigration(A.Id))
            .Where(m => Assert.Equal(MigrationStatus.Complete, m.Status));
    }

    [Fact]
    public void GivenARetiredInstance_WhenItsReplacementIsLost_ThenNothing() => Given(Stages.Retiring().Retired(1)).When(Return).ThenNothing();

    [Fact]
    public void GivenAReplacementUnderWay_WhenGivenUp_ThenNothing() => Given(Stages.FirstWindow().Interrupted(1).Started(1, rank: 1)).When(Return).ThenNothing();

    [Fact]
    public void GivenAnInstanceThatNeverMoved_WhenGivenUp_ThenNothing() => Given(Stages.FirstPhase().Started(1).LaunchFailed(1)).When(Return).ThenNothing();

    [Theory]
    [InlineData("approved")]
    [InlineData("moving")]
    [InlineData("watching")]
    [InlineData("rolling back")]
    [InlineData("complete")]
    public void GivenNoInterruption_WhenGivenUp_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Return).ThenNothing();
}
