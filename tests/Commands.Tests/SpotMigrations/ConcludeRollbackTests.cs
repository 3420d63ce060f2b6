using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class ConcludeRollbackTests
{
    static ConcludeRollback Conclude(params string[] differences) => new(A.Id, differences);

    [Theory]
    [InlineData(RollbackTrigger.QualityDegraded)]
    [InlineData(RollbackTrigger.PhaseFailed)]
    [InlineData(RollbackTrigger.PhaseTimedOut)]
    [InlineData(RollbackTrigger.MeasurementTimedOut)]
    public void GivenAllAreBack_WhenConcluded_ThenTheFleetIsAsBefore(RollbackTrigger trigger)
    {
        var past = Stages.RollingBack(trigger).RolledBack(1);
        Given(past)
            .When(Conclude())
            .Then(new MigrationRolledBack(A.Id, $"because of {trigger}", true, [], past.Now))
            .Where(m => Assert.Equal(MigrationStatus.RolledBack, m.Status))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenADifference_WhenConcluded_ThenItIsSaid()
    {
        var past = Stages.RollingBack().RolledBack(1);
        Given(past).When(Conclude("i-1 is gone")).Then(new MigrationRolledBack(A.Id, "because of QualityDegraded", false, ["i-1 is gone"], past.Now));
    }

    // the reason is the person's own, as when nothing had moved
    [Fact]
    public void GivenACancellation_WhenConcluded_ThenItIsCancelledForThePersonsReason() =>
        Given(Stages.FirstWindow())
            .When(new CancelMigration(A.Id, "pat", "changed my mind"))
            .When(new RecordInstanceRolledBack(A.Id, A.Instance(1), [A.Replacement(1)], A.Instance(1)))
            .When(Conclude("i-1 is gone"), Noon.AddHours(1))
            .Then(new MigrationCancelled(A.Id, "pat", "changed my mind", false, ["i-1 is gone"], Noon.AddHours(1)))
            .Where(m => Assert.Equal(MigrationStatus.Cancelled, m.Status));

    [Fact]
    public void GivenAnInstanceThatIsNotBack_WhenConcluded_ThenRefused()
    {
        var past = Stages.SecondWindow().RollbackStarted(RollbackTrigger.PhaseTimedOut, 5, 4, 3, 2, 1).RolledBack(5, 4, 2, 1);
        Given(past).When(Conclude()).ThenRefused("rollback_unfinished", A.Instance(3));
    }

    [Theory]
    [InlineData("watching")]
    [InlineData("retiring")]
    [InlineData("awaiting approval")]
    public void GivenNoRollback_WhenConcluded_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Conclude()).ThenRefused("wrong_status", "Concluding");

    [Theory]
    [InlineData("complete")]
    [InlineData("failed")]
    [InlineData("rolled back")]
    [InlineData("cancelled")]
    public void GivenAnEnd_WhenConcluded_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Conclude()).ThenNothing();
}
