using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RecordInstanceRolledBackTests
{
    static RecordInstanceRolledBack RolledBack(int n, string? restored = null) => new(A.Id, A.Instance(n), [A.Replacement(n)], restored ?? A.Instance(n));

    [Fact]
    public void GivenARollback_WhenAnInstanceIsBack_ThenThatIsKnownOnce()
    {
        var past = Stages.RollingBack();
        Given(past).When(RolledBack(1)).Then(new InstanceRolledBack(A.Id, A.Instance(1), [A.Replacement(1)], A.Instance(1), past.Now)).Again().ThenNothing();
    }

    [Fact]
    public void GivenAnOldInstanceThatDied_WhenAnotherServesInItsPlace_ThenItIsNamed() =>
        Assert.Equal("i-0ddemand000000001", Given(Stages.RollingBack()).When(RolledBack(1, "i-0ddemand000000001")).Single<InstanceRolledBack>().RestoredInstanceId);

    [Fact]
    public void GivenARollback_WhenAnInstanceThatNeverMovedIsBack_ThenRefused() =>
        Given(Stages.RollingBack()).When(RolledBack(2)).ThenRefused("not_in_rollback", A.Instance(2), "nothing to roll back");

    [Theory]
    [InlineData("rolled back")]
    [InlineData("cancelled")]
    public void GivenAnEndedRollback_WhenAnInstanceIsBackOnceMore_ThenNothing(string stage) => Given(Stages.All[stage]()).When(RolledBack(1)).ThenNothing();

    [Theory]
    [InlineData("approved")]
    [InlineData("watching")]
    [InlineData("retiring")]
    [InlineData("complete")]
    public void GivenNoRollback_WhenAnInstanceIsBack_ThenRefused(string stage) => Given(Stages.All[stage]()).When(RolledBack(1)).ThenRefused("wrong_status", "Rolling back " + A.Instance(1));
}
