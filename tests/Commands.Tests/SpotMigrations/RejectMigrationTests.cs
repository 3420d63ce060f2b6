using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RejectMigrationTests
{
    static readonly RejectMigration Reject = new(A.Id, "chris", "not this week");

    [Fact]
    public void GivenAPlan_WhenRejected_ThenTheMigrationFailsSayingWhy()
    {
        var past = Stages.AwaitingApproval();
        Given(past)
            .When(Reject)
            .Then(new CustomerRejected(A.Id, "chris", "not this week", past.Now), new MigrationFailed(A.Id, "Rejected by chris: not this week", past.Now))
            .Where(m => Assert.Equal((MigrationStatus.Failed, "Rejected by chris: not this week"), (m.Status, m.EndReason)))
            .Again().ThenRefused("wrong_status", "failed");
    }

    public static TheoryData<string> NotAsked => Stages.Except("awaiting approval");

    [Theory]
    [MemberData(nameof(NotAsked))]
    public void GivenAnyOtherStage_WhenRejected_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Reject).ThenRefused("wrong_status", "Rejecting");
}
