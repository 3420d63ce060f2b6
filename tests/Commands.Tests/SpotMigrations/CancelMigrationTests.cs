using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class CancelMigrationTests
{
    static readonly CancelMigration Cancel = new(A.Id, "pat", "changed my mind");

    [Theory]
    [InlineData("requested")]
    [InlineData("analyzing")]
    [InlineData("analyzed")]
    [InlineData("coordinating")]
    [InlineData("awaiting approval")]
    [InlineData("approved")]
    public void GivenNothingMoved_WhenCancelled_ThenItEndsAtOnce(string stage)
    {
        var past = Stages.All[stage]();
        Given(past)
            .When(Cancel)
            .Then(new CancellationRequested(A.Id, "pat", "changed my mind", past.Now), new MigrationCancelled(A.Id, "pat", "changed my mind", true, [], past.Now))
            .Where(m => Assert.Equal((MigrationStatus.Cancelled, "pat"), (m.Status, m.CancelledBy)))
            .Again().ThenRefused("wrong_status", "cancelled");
    }

    [Fact]
    public void GivenAPhaseInWhichNothingWasLaunchedYet_WhenCancelled_ThenItEndsAtOnceAndNothingIsLaunchedAfterwards() =>
        Given(Stages.FirstPhase())
            .When(Cancel)
            .Where(m => Assert.True(m.IsOver))
            .When(new StartInstanceMigration(A.Id, A.Instance(1), 1, A.Pool(1), A.SpotHourlyUsd(1))).ThenRefused("wrong_status");

    [Theory]
    [InlineData("moving")]
    [InlineData("watching")]
    [InlineData("measuring")]
    [InlineData("passed")]
    [InlineData("paused")]
    public void GivenAnInstanceWithALaunch_WhenCancelled_ThenItComesBackFirst(string stage)
    {
        var past = Stages.All[stage]();
        Given(past)
            .When(Cancel)
            .Then(
                new CancellationRequested(A.Id, "pat", "changed my mind", past.Now),
                new RollbackStarted(A.Id, RollbackTrigger.Cancelled, "changed my mind", A.Instances(1), past.Now))
            .Where(m => Assert.Equal(MigrationStatus.RollingBack, m.Status))
            .Again().ThenRefused("wrong_status", "rolling back");
    }

    [Fact]
    public void GivenMovesOfEveryKind_WhenCancelled_ThenTrafficComesBackNewestFirstAndThenTheRest()
    {
        var past = Stages.SecondPhase().Moved(5, 3).Started(2).Launched(2).Started(4).LaunchFailed(4).Interrupted(1).Started(1, rank: 1).Launched(1).Migrated(1);
        Assert.Equal(A.Instances(1, 3, 5, 4, 2), Given(past).When(Cancel).Single<RollbackStarted>().InstanceIds);
    }

    [Fact]
    public void GivenFailedAndReturnedMoves_WhenCancelled_ThenTheyAreListedToo()
    {
        var past = Stages.SecondPhase().Moved(2).Started(3).Launched(3).MoveFailed(3).MoveFailed(4).Interrupted(1).ReturnedToOnDemand(1);
        Assert.Equal(A.Instances(2, 1, 3), Given(past).When(Cancel).Single<RollbackStarted>().InstanceIds);
    }

    [Fact]
    public void GivenRetirement_WhenCancelled_ThenItIsTooLate() => Given(Stages.Retiring()).When(Cancel).ThenRefused("too_late", "cannot be cancelled any more");

    [Theory]
    [InlineData("complete")]
    [InlineData("failed")]
    [InlineData("rolled back")]
    [InlineData("cancelled")]
    public void GivenAnEnd_WhenCancelled_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Cancel).ThenRefused("wrong_status", "Cancelling", stage);

    [Fact]
    public void GivenARollbackForQuality_WhenCancelled_ThenItsOwnReasonStands() => Given(Stages.RollingBack()).When(Cancel).ThenRefused("wrong_status", "rolling back");
}
