using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RecordInstanceRetiredTests
{
    static RecordInstanceRetired Retired(int n = 1, string? replacement = null) => new(A.Id, A.Instance(n), replacement ?? A.Replacement(n), 0.0701m);

    [Fact]
    public void GivenRetirement_WhenAnOldInstanceIsGone_ThenWhatItsReplacementCostsIsKnown()
    {
        var past = Stages.Retiring();
        Given(past)
            .When(Retired())
            .Then(new InstanceRetired(A.Id, A.Instance(1), A.Replacement(1), A.OnDemandHourlyUsd(1), 0.0701m, past.Now))
            .Where(m => Assert.Equal(A.OnDemandHourlyUsd(1) - 0.0701m, m.RealisedHourlyUsd))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenRetirement_WhenAnotherReplacementIsNamed_ThenRefused() =>
        Given(Stages.Retiring()).When(Retired(replacement: A.Replacement(2))).ThenRefused("other_replacement", A.Replacement(1), A.Replacement(2));

    [Fact]
    public void GivenAnInstanceThatCameBack_WhenItIsRetired_ThenRefused()
    {
        var past = Stages.LastWindow().Interrupted(4).ReturnedToOnDemand(4).CheckRequested().Measured().RetirementStarted(1, 2, 3, 5, 6, 7, 8, 9, 10);
        Given(past).When(Retired(4)).ThenRefused("not_migrated", A.Instance(4), "ReturnedToOnDemand", "it stays");
    }

    [Fact]
    public void GivenRetirement_WhenAStrangerIsRetired_ThenRefused() => Given(Stages.Retiring()).When(Retired(9)).ThenRefused("wrong_status", A.Instance(9));

    public static TheoryData<string> NotRetiring => Stages.Except("retiring", "complete");

    // the old capacity stays until the last gate has passed
    [Theory]
    [MemberData(nameof(NotRetiring))]
    public void GivenAnyOtherStage_WhenAnOldInstanceIsRetired_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Retired()).ThenRefused("wrong_status", "Retiring");

    [Fact]
    public void GivenTheEnd_WhenAnOldInstanceIsRetiredOnceMore_ThenNothing() => Given(Stages.All["complete"]()).When(Retired()).ThenNothing();
}
