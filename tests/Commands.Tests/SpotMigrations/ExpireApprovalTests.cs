using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class ExpireApprovalTests
{
    static readonly ExpireApproval Expire = new(A.Id);

    [Fact]
    public void GivenAPlanThatNobodyApproves_WhenItsTimeIsOver_ThenTheMigrationFailsSayingWhatToDo()
    {
        var past = Stages.AwaitingApproval();
        var end = past.ApprovalExpiresAt;
        Given(past)
            .When(Expire, end)
            .Then(
                new ApprovalExpired(A.Id, end, end),
                new MigrationFailed(A.Id, "Nobody approved the plan before it expired at 2026-03-03 12:00:19Z; request a new migration for present prices.", end))
            .Again().ThenNothing();
    }

    // whose timer comes a moment early by another machine's clock must not wait for ever
    [Fact]
    public void GivenClocksThatDiffer_WhenTheTimerComesAMomentEarly_ThenItExpires()
    {
        var past = Stages.AwaitingApproval();
        Assert.Equal(2, Given(past).When(Expire, past.ApprovalExpiresAt.AddSeconds(-30)).Events.Count);
    }

    [Fact]
    public void GivenTimeLeft_WhenATimerComes_ThenNothing()
    {
        var past = Stages.AwaitingApproval();
        Given(past).When(Expire, past.ApprovalExpiresAt.AddSeconds(-31)).ThenNothing();
    }

    public static TheoryData<string> NotAsked => Stages.Except("awaiting approval");

    [Theory]
    [MemberData(nameof(NotAsked))]
    public void GivenAnyOtherStage_WhenTheTimerComes_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Expire, Noon.AddDays(30)).ThenNothing();
}
