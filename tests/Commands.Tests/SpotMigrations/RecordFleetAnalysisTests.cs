using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RecordFleetAnalysisTests
{
    [Fact]
    public void GivenARunningAnalysis_WhenRecorded_ThenEachOpportunityIsAnEvent()
    {
        var past = Stages.Analyzing(2);
        var analysis = A.Analysis(2, refused: 1);
        Given(past)
            .When(analysis)
            .Then(
                new FleetAnalyzed(A.Id, analysis.Observation, 1250.5m, 2, [A.Refusal(3)], past.Now),
                new OpportunityFound(A.Id, A.Opportunity(1), past.Now),
                new OpportunityFound(A.Id, A.Opportunity(2), past.Now))
            .Again().ThenNothing();
    }

    // the agent may be faster than the saga's own start of the analysis
    [Fact]
    public void GivenARequestAlone_WhenRecorded_ThenAnalyzed() =>
        Given(Past.Requested()).When(A.Analysis(1)).Where(m => Assert.Equal(MigrationStatus.Analyzing, m.Status));

    [Fact]
    public void GivenAnEmptyFleet_WhenRecorded_ThenThereIsNoOpportunity() =>
        Assert.Equal(0, Given(Stages.Analyzing()).When(A.Analysis(0)).Single<FleetAnalyzed>().Opportunities);

    [Fact]
    public void GivenARunningAnalysis_WhenAnInstanceIsNotJudged_ThenRefused() =>
        Given(Stages.Analyzing()).When(A.Analysis(2, refused: 1) with { Refusals = [] }).ThenRefused("incomplete_analysis", "3 observed", "judges 2");

    [Fact]
    public void GivenARunningAnalysis_WhenAnInstanceIsJudgedTwice_ThenRefused() =>
        Given(Stages.Analyzing()).When(A.Analysis(2, refused: 1) with { Refusals = [A.Refusal(3), A.Refusal(1)] }).ThenRefused("incomplete_analysis", "judges 4");

    [Fact]
    public void GivenARunningAnalysis_WhenAStrangerIsJudgedInsteadOfAnInstance_ThenRefused() =>
        Given(Stages.Analyzing()).When(A.Analysis(2, refused: 1) with { Refusals = [A.Refusal(4)] }).ThenRefused("incomplete_analysis");

    [Fact]
    public void GivenARunningAnalysis_WhenAnOpportunityHasNoPool_ThenRefused() =>
        Given(Stages.Analyzing()).When(A.Analysis(1) with { Opportunities = [A.Opportunity(1) with { Candidates = [] }] }).ThenRefused("no_candidates", A.Instance(1));

    [Theory]
    [InlineData("analyzed")]
    [InlineData("moving")]
    [InlineData("complete")]
    public void GivenAnAnalysis_WhenAnotherComes_ThenNothing(string stage) => Given(Stages.All[stage]()).When(A.Analysis(3)).ThenNothing();

    [Fact]
    public void GivenAMigrationThatFailedForWantOfIt_WhenItComesAfterAll_ThenRefused() =>
        Given(Stages.Analyzing().Failed()).When(A.Analysis(3)).ThenRefused("wrong_status", "failed");
}
