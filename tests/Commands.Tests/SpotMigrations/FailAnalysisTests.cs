using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class FailAnalysisTests
{
    static readonly FailAnalysis Fail = new(A.Id, "No instance in us-east-1 matches the selector.");

    [Theory]
    [InlineData("requested")]
    [InlineData("analyzing")]
    public void GivenNoAnalysis_WhenItCannotBeMade_ThenTheMigrationFailsSayingWhy(string stage)
    {
        var past = Stages.All[stage]();
        Given(past).When(Fail).Then(new MigrationFailed(A.Id, "No instance in us-east-1 matches the selector.", past.Now)).Again().ThenNothing();
    }

    public static TheoryData<string> Analysed => Stages.Except("requested", "analyzing");

    [Theory]
    [MemberData(nameof(Analysed))]
    public void GivenAnAnalysis_WhenAnotherCannotBeMade_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Fail).ThenNothing();
}
