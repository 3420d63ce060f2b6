using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class CastVoteTests
{
    static readonly MigrationPlan Plan = A.Plan(3);

    [Fact]
    public void GivenVoting_WhenAnAgentApproves_ThenItsEvidenceIsKept()
    {
        var past = Stages.Coordinating(3);
        var vote = A.Vote("performance", Plan);
        Given(past).When(vote).Then(new AgentApproved(A.Id, "performance", PlanHash.Of(Plan), 0.85, [], [], vote.Evidence, past.Now));
    }

    [Fact]
    public void GivenVoting_WhenAnAgentRejectsAnInstance_ThenItIsNamed()
    {
        var past = Stages.Coordinating(3);
        var vote = A.Vote("performance", Plan, approved: false, A.Instance(2));
        Given(past).When(vote).Then(new AgentRejected(A.Id, "performance", PlanHash.Of(Plan), 0.85, [A.Instance(2)], vote.Concerns, vote.Recommendations, vote.Evidence, past.Now));
    }

    [Fact]
    public void GivenVoting_WhenAnAgentRejectsEverything_ThenItNamesNone() =>
        Assert.Empty(Given(Stages.Coordinating(3)).When(A.Vote("application", Plan, approved: false)).Single<AgentRejected>().InstanceIds);

    [Fact]
    public void GivenAVote_WhenTheAgentVotesAgain_ThenTheFirstStands() =>
        Given(Stages.Coordinating(3).Approves("cost")).When(A.Vote("cost", Plan, approved: false)).ThenRefused("already_voted", "first vote stands");

    [Fact]
    public void GivenVoting_WhenAStrangerVotes_ThenRefusedNamingTheVoters() =>
        Given(Stages.Coordinating(3)).When(A.Vote("finance", Plan)).ThenRefused("not_a_voter", "finance", "cost, performance, resource, application");

    [Fact]
    public void GivenVoting_WhenTheVoteIsOnAnotherPlan_ThenRefused() =>
        Given(Stages.Coordinating(3)).When(A.Vote("cost", A.Plan(2))).ThenRefused("wrong_plan_hash", PlanHash.Of(A.Plan(2)), PlanHash.Of(Plan));

    // it would count as a rejection and exclude nobody
    [Fact]
    public void GivenVoting_WhenARejectionNamesAnInstanceThatIsNotInThePlan_ThenRefused() =>
        Given(Stages.Coordinating(3)).When(A.Vote("cost", Plan, approved: false, A.Instance(1), A.Instance(4))).ThenRefused("not_in_plan", A.Instance(4));

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(85)]
    public void GivenVoting_WhenConfidenceIsNoFraction_ThenRefused(double confidence) =>
        Given(Stages.Coordinating(3)).When(A.Vote("cost", Plan) with { Confidence = confidence }).ThenRefused("invalid_confidence", "between 0 and 1");

    public static TheoryData<string> NotVoting => Stages.Except("coordinating");

    [Theory]
    [MemberData(nameof(NotVoting))]
    public void GivenAnyOtherStage_WhenAnAgentVotes_ThenRefused(string stage) => Given(Stages.All[stage]()).When(A.Vote("cost", Plan)).ThenRefused("wrong_status", "A vote of cost");
}
