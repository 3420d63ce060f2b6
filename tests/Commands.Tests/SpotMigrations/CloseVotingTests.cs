using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class CloseVotingTests
{
    static readonly CloseVoting Close = new(A.Id);

    [Fact]
    public void GivenAllApprove_WhenVotingCloses_ThenApprovalIsAskedForTheWholePlan()
    {
        var past = Stages.AllVoted(3);
        Given(past)
            .When(Close)
            .Then(new ApprovalRequested(A.Id, A.Plan(3), PlanHash.Of(A.Plan(3)), [], 0.10m, past.Now.AddHours(24), past.Now))
            .Where(m => Assert.Equal(MigrationStatus.AwaitingApproval, m.Status))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenExclusions_WhenVotingCloses_ThenThePlanIsWithoutThemAndHasAHashOfItsOwn()
    {
        var past = Stages.Coordinating(4).Approves("cost").Rejects("performance", A.Instance(3)).Rejects("resource", A.Instance(1), A.Instance(3)).Approves("application");
        Given(past)
            .When(Close)
            .Then(new ApprovalRequested(A.Id, A.Plan([2, 4]), PlanHash.Of(A.Plan([2, 4])), A.Instances(1, 3), 0.10m, past.Now.AddHours(24), past.Now));
    }

    [Fact]
    public void GivenEveryInstanceExcluded_WhenVotingCloses_ThenTheMigrationFailsWithAllReasons()
    {
        var past = Stages.Coordinating(2).Rejects("resource", A.Instance(2)).Rejects("performance", A.Instance(1)).Approves("cost", "application");
        Given(past)
            .When(Close)
            .Then(new MigrationFailed(A.Id, "The agents excluded every instance. performance: performance is concerned resource: resource is concerned", past.Now))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenARejectionOfEverything_WhenVotingCloses_ThenTheMigrationFails()
    {
        var past = Stages.Coordinating(2).Approves("cost", "performance", "resource").Rejects("application");
        Given(past).When(Close).Then(new MigrationFailed(A.Id, "Rejected by the application agent: application is concerned", past.Now));
    }

    // the order of a dictionary differs from process to process: replay in another one would name another agent
    [Fact]
    public void GivenTwoRejectionsOfEverything_WhenVotingCloses_ThenTheFirstVoterOfThePolicyIsNamed()
    {
        string[] voters = [.. Enumerable.Range(1, 30).Select(n => $"agent-{n}")];
        var past = Stages.Coordinating(2, new MigrationPolicy { Voters = voters });
        foreach (var agent in voters.Reverse())
            past.Rejects(agent);

        Given(past).When(Close).Then(new MigrationFailed(A.Id, "Rejected by the agent-1 agent: agent-1 is concerned", past.Now));
    }

    [Fact]
    public void GivenAMissingVote_WhenVotingCloses_ThenNothing() =>
        Given(Stages.Coordinating(2).Approves("cost", "resource", "application")).When(Close).ThenNothing();

    public static TheoryData<string> NotVoting => Stages.Except("coordinating");

    [Theory]
    [MemberData(nameof(NotVoting))]
    public void GivenAnyOtherStage_WhenVotingCloses_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Close).ThenNothing();
}
