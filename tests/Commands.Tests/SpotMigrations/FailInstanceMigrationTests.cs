using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class FailInstanceMigrationTests
{
    static readonly FailInstanceMigration Fail = new(A.Id, A.Instance(1), "no pool has capacity");

    [Fact]
    public void GivenAWaitingInstance_WhenItIsGivenUp_ThenItHasFailed()
    {
        var past = Stages.FirstPhase().Started(1).LaunchFailed(1);
        Given(past).When(Fail).Then(new InstanceMigrationFailed(A.Id, 1, A.Instance(1), "no pool has capacity", past.Now)).Again().ThenNothing();
    }

    [Fact]
    public void GivenAnInstanceThatNeverStarted_WhenItIsGivenUp_ThenItHasFailed() => Assert.Single(Given(Stages.FirstPhase()).When(Fail).Events);

    [Fact]
    public void GivenALaunchUnderWay_WhenItIsGivenUp_ThenWhatIsLaunchedAfterAllIsRefused() =>
        Given(Stages.FirstPhase().Started(1)).When(Fail).When(new RecordReplacementLaunched(A.Id, A.Instance(1), 1, A.Replacement(1))).ThenRefused("stale_attempt");

    [Fact]
    public void GivenAnInterruptionBeforeTheTrafficMoved_WhenItIsGivenUp_ThenItHasFailed() =>
        Assert.Single(Given(Stages.FirstPhase().Started(1).Launched(1).Interrupted(1)).When(Fail).Events);

    [Theory]
    [InlineData("approved")]
    [InlineData("watching")]
    [InlineData("passed")]
    [InlineData("rolling back")]
    [InlineData("retiring")]
    [InlineData("complete")]
    public void GivenNothingToGiveUp_WhenItIsGivenUp_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Fail).ThenNothing();

    [Fact]
    public void GivenAStranger_WhenItIsGivenUp_ThenNothing() => Given(Stages.FirstPhase()).When(Fail with { InstanceId = A.Instance(8) }).ThenNothing();
}
