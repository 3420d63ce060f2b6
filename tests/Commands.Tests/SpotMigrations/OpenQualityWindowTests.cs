using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class OpenQualityWindowTests
{
    static OpenQualityWindow Open(params int[] numbers) => new(A.Id, 1, [.. numbers.Select(n => A.Snapshot(A.Replacement(n), Noon))], A.Instances(7));

    [Theory]
    [InlineData("watching")]
    [InlineData("measuring")]
    public void GivenAWindow_WhenItOpens_ThenTheCountersAreKept(string stage)
    {
        var past = Stages.All[stage]();
        Given(past)
            .When(Open(1))
            .Then(new QualityWindowOpened(A.Id, 1, [A.Snapshot(A.Replacement(1), Noon)], A.Instances(7), past.Now))
            .Where(m => Assert.Equal(100, m.WindowOpenedWith![A.Replacement(1)].Requests));
    }

    [Fact]
    public void GivenAnOpenWindow_WhenAReplacementJoins_ThenTheOthersStay() =>
        Given(Stages.FirstWindow(10, 2, new MigrationPolicy { PhaseFractions = [0.2m, 0.5m, 1m] }).WindowOpened(1))
            .When(Open(2))
            .Where(m => Assert.Equal([A.Replacement(1), A.Replacement(2)], m.WindowOpenedWith!.Keys.Order(StringComparer.Ordinal)));

    // what replaces an interrupted instance during the pause is measured after it
    [Fact]
    public void GivenAPause_WhenAReplacementJoins_ThenItsCountersAreKept() =>
        Given(Stages.Paused()).When(Open(1)).Where(m => Assert.True(m.WindowOpenedWith!.ContainsKey(A.Replacement(1))));

    [Fact]
    public void GivenTheNextPhase_WhenItStarts_ThenTheWindowBeginsAnew() => Assert.Null(Log.Fold(Stages.FirstWindow().WindowOpened(1).CheckRequested().Measured().PhaseStarted(2, 2).Events)!.WindowOpenedWith);

    [Fact]
    public void GivenAWindow_WhenAnotherPhasesOpens_ThenNothing() => Given(Stages.FirstWindow()).When(Open(1) with { Phase = 2 }).ThenNothing();

    public static TheoryData<string> NoWindow => Stages.Except("watching", "measuring", "paused");

    [Theory]
    [MemberData(nameof(NoWindow))]
    public void GivenNoWindow_WhenItOpens_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Open(1)).ThenNothing();
}
