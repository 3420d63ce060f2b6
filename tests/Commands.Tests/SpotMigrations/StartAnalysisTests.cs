using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class StartAnalysisTests
{
    [Fact]
    public void GivenARequest_WhenAnalysisStarts_ThenItHasADeadline()
    {
        var past = Past.Requested();
        Given(past)
            .When(new StartAnalysis(A.Id))
            .Then(new AnalysisStarted(A.Id, past.Now.AddMinutes(30), past.Now))
            .Where(m => Assert.Equal(MigrationStatus.Analyzing, m.Status))
            .Again().ThenNothing();
    }

    public static TheoryData<string> Later => Stages.Except("requested");

    [Theory]
    [MemberData(nameof(Later))]
    public void GivenALaterStage_WhenAnalysisStarts_ThenNothing(string stage) => Given(Stages.All[stage]()).When(new StartAnalysis(A.Id)).ThenNothing();
}
