using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class ApproveMigrationTests
{
    static readonly string Hash = PlanHash.Of(A.Plan(10));

    static ApproveMigration Approve(string? hash = null) => new(A.Id, hash ?? Hash, "chris");

    [Fact]
    public void GivenAPlan_WhenItsHashIsApproved_ThenApproved()
    {
        var past = Stages.AwaitingApproval();
        Given(past).When(Approve()).Then(new CustomerApproved(A.Id, Hash, "chris", false, past.Now));
    }

    [Fact]
    public void GivenAPlan_WhenItsHashIsApprovedInCapitals_ThenApprovedAsThePlanHasIt() =>
        Assert.Equal(Hash, Given(Stages.AwaitingApproval()).When(Approve(Hash.ToUpperInvariant())).Single<CustomerApproved>().PlanHash);

    [Fact]
    public void GivenExclusions_WhenThePlanThatWasVotedOnIsApproved_ThenRefused()
    {
        var past = Stages.Coordinating().Rejects("cost", A.Instance(3)).Approves("performance", "resource", "application").ApprovalRequested(3);
        Given(past).When(Approve()).ThenRefused("wrong_plan_hash", Hash, past.PlanHash, "look at the plan again");
        Given(past).When(Approve(past.PlanHash)).Then(new CustomerApproved(A.Id, past.PlanHash, "chris", false, past.Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4f1c")]
    public void GivenAPlan_WhenApprovedByAnotherHash_ThenRefusedShowingTheRightOne(string hash) =>
        Given(Stages.AwaitingApproval()).When(Approve(hash)).ThenRefused("wrong_plan_hash", Hash);

    [Theory]
    [InlineData("approved")]
    [InlineData("moving")]
    [InlineData("complete")]
    [InlineData("rolled back")]
    public void GivenAnApproval_WhenApprovedAgain_ThenRefusedNamingWhoDid(string stage) =>
        Given(Stages.All[stage]()).When(Approve()).ThenRefused("already_approved", "by chris");

    [Fact]
    public void GivenAPlan_WhenApprovedAtTheLastMoment_ThenApproved()
    {
        var past = Stages.AwaitingApproval();
        Assert.Single(Given(past).When(Approve(), past.ApprovalExpiresAt - TimeSpan.FromTicks(10)).Events);
    }

    [Fact]
    public void GivenAPlan_WhenApprovedAsItExpires_ThenRefused()
    {
        var past = Stages.AwaitingApproval();
        Given(past).When(Approve(), past.ApprovalExpiresAt).ThenRefused("approval_expired", "request a new migration");
    }

    // "not possible while failed" would not tell the person who comes a day late what to do
    [Fact]
    public void GivenAnExpiry_WhenApprovedAfterIt_ThenRefusedAsExpired() =>
        Given(Stages.AwaitingApproval().Expired()).When(Approve()).ThenRefused("approval_expired", "request a new migration");

    [Fact]
    public void GivenARejection_WhenApprovedAfterIt_ThenRefused() =>
        Given(Stages.AwaitingApproval().Rejected()).When(Approve()).ThenRefused("wrong_status", "failed");

    [Fact]
    public void GivenAPolicyThatApproves_WhenItDoes_ThenApprovedByPolicy()
    {
        var past = Stages.AwaitingApproval(policy: new MigrationPolicy { AutoApprove = true });
        Given(past)
            .When(new ApproveMigration(A.Id, Hash, "policy:auto-approve", ByPolicy: true))
            .Then(new CustomerApproved(A.Id, Hash, "policy:auto-approve", true, past.Now));
    }

    [Fact]
    public void GivenAPolicyThatAsksAPerson_WhenItApprovesByItself_ThenRefused() =>
        Given(Stages.AwaitingApproval()).When(new ApproveMigration(A.Id, Hash, "policy:auto-approve", ByPolicy: true)).ThenRefused("policy_forbids", "a person must");

    [Theory]
    [InlineData("requested")]
    [InlineData("analyzing")]
    [InlineData("analyzed")]
    [InlineData("coordinating")]
    public void GivenNoQuestionYet_WhenApproved_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Approve()).ThenRefused("wrong_status", "Approving");
}
