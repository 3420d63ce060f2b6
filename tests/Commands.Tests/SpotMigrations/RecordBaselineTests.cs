using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RecordBaselineTests
{
    [Fact]
    public void GivenVoting_WhenTheBaselineIsTaken_ThenItIsKeptOnce()
    {
        var past = Stages.Coordinating(2);
        Given(past)
            .When(new RecordBaseline(A.Id, [A.Window(A.Instance(1))], [A.Instance(2)]))
            .Then(new QualityBaselineTaken(A.Id, [A.Window(A.Instance(1))], [A.Instance(2)], past.Now))
            .Where(m => Assert.Equal(10_000, m.Baseline[A.Instance(1)].Requests))
            .When(new RecordBaseline(A.Id, [], A.Instances(1, 2))).ThenNothing();
    }

    [Fact]
    public void GivenVoting_WhenNoInstanceCanBeRead_ThenThatIsKept() =>
        Given(Stages.Coordinating(1)).When(new RecordBaseline(A.Id, [], A.Instances(1))).Where(m => Assert.True(m.BaselineTaken));

    // such an event could never be folded again: the stream would be lost
    [Fact]
    public void GivenVoting_WhenAnInstanceIsMeasuredTwice_ThenRefused() =>
        Given(Stages.Coordinating(1))
            .When(new RecordBaseline(A.Id, [A.Window(A.Instance(1)), A.Window(A.Instance(1), requests: 5_000)], []))
            .ThenRefused("measured_twice", A.Instance(1));

    [Theory]
    [InlineData("requested")]
    [InlineData("analyzing")]
    [InlineData("analyzed")]
    public void GivenNoPlanYet_WhenTheBaselineIsTaken_ThenRefused(string stage) => Given(Stages.All[stage]()).When(new RecordBaseline(A.Id, [], [])).ThenRefused("wrong_status");

    [Fact]
    public void GivenAFailedVote_WhenTheBaselineComesLate_ThenRefused() =>
        Given(Stages.Coordinating().Failed()).When(new RecordBaseline(A.Id, [], [])).ThenRefused("wrong_status", "failed");
}
