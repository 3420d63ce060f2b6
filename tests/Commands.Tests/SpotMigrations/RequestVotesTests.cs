using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RequestVotesTests
{
    [Fact]
    public void GivenAnAnalysis_WhenVotesAreRequested_ThenThePlanGoesOutWithItsHash()
    {
        var past = Stages.Analyzing(3).Analyzed();
        Given(past)
            .When(new RequestVotes(A.Id))
            .Then(new VotesRequested(A.Id, A.Plan(3), PlanHash.Of(A.Plan(3)), ["cost", "performance", "resource", "application"], past.Now.AddMinutes(30), past.Now))
            .Where(m => Assert.Equal(MigrationStatus.Coordinating, m.Status))
            .Again().ThenNothing();
    }

    // 90.25 − 0.5 n for n = 1, 2, 3: 89.75 + 89.25 + 88.75
    [Fact]
    public void GivenAnAnalysis_WhenVotesAreRequested_ThenThePromiseIsTheSumOfTheMoves() =>
        Assert.Equal(267.75m, Given(Stages.Analyzing(3).Analyzed()).When(new RequestVotes(A.Id)).Single<VotesRequested>().Plan.PromisedSavingMonthlyUsd);

    [Fact]
    public void GivenRisksAndSavings_WhenVotesAreRequested_ThenTheLeastRiskyAndThenTheMostWorthwhileGoFirst()
    {
        var past = Stages.Analyzing().Then(new FleetAnalyzed(A.Id, A.Observation(5), 1m, 5, [], Noon));
        foreach (var opportunity in new[] { A.Opportunity(1, Risk.High, 500m), A.Opportunity(2, Risk.Low, 10m), A.Opportunity(5, Risk.Medium, 50m), A.Opportunity(4, Risk.Low, 20m), A.Opportunity(3, Risk.Low, 20m) })
            past.Then(new OpportunityFound(A.Id, opportunity, Noon));

        var plan = Given(past).When(new RequestVotes(A.Id)).Single<VotesRequested>().Plan;

        Assert.Equal(A.Instances(3, 4, 2, 5, 1), plan.Moves.Select(m => m.InstanceId));
    }

    [Fact]
    public void GivenNothingWorthMoving_WhenVotesAreRequested_ThenTheMigrationIsComplete()
    {
        var past = Stages.Analyzing(0).Analyzed();
        Given(past).When(new RequestVotes(A.Id)).Then(new MigrationCompleted(A.Id, 0, 0m, 0m, past.Now)).Again().ThenNothing();
    }

    public static TheoryData<string> NotAnalyzed => Stages.Except("analyzed");

    [Theory]
    [MemberData(nameof(NotAnalyzed))]
    public void GivenAnyOtherStage_WhenVotesAreRequested_ThenNothing(string stage) => Given(Stages.All[stage]()).When(new RequestVotes(A.Id)).ThenNothing();
}
