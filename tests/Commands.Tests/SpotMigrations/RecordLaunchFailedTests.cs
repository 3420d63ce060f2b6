using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RecordLaunchFailedTests
{
    static RecordLaunchFailed Failed(int attempt = 1, string? replacement = null) => new(A.Id, A.Instance(1), attempt, replacement, "InsufficientInstanceCapacity", "none in us-east-1b");

    [Fact]
    public void GivenAnIntent_WhenThePoolHasNoCapacity_ThenTheInstanceWaitsForAnother()
    {
        var past = Stages.FirstPhase().Started(1);
        Given(past)
            .When(Failed())
            .Then(new LaunchFailed(A.Id, 1, A.Instance(1), 1, A.Pool(1), null, "InsufficientInstanceCapacity", "none in us-east-1b", past.Now))
            .Where(m => Assert.Equal(MoveStatus.Waiting, m.Moves[A.Instance(1)].Status))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenALaunchedReplacement_WhenItNeverGetsHealthy_ThenItIsNamedAlsoIfTheCommandDoesNot()
    {
        var past = Stages.FirstPhase().Started(1).Launched(1);
        Assert.Equal(A.Replacement(1), Given(past).When(Failed()).Single<LaunchFailed>().ReplacementId);
    }

    [Fact]
    public void GivenAnIntent_WhenSomethingWasLaunchedAndGivenUp_ThenItIsRemembered() =>
        Given(Stages.FirstPhase().Started(1)).When(Failed(replacement: A.Replacement(1))).Where(m => Assert.Equal(A.Replacement(1), m.Moves[A.Instance(1)].Current!.ReplacementId));

    [Theory]
    [InlineData("approved")]
    [InlineData("watching")]
    [InlineData("paused")]
    [InlineData("rolling back")]
    [InlineData("retiring")]
    [InlineData("complete")]
    [InlineData("cancelled")]
    public void GivenNoLaunchUnderWay_WhenItFails_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Failed()).ThenNothing();

    [Fact]
    public void GivenALaterAttempt_WhenAnEarlierOneFails_ThenNothing() =>
        Given(Stages.FirstPhase().Started(1).LaunchFailed(1).Started(1, rank: 1)).When(Failed(attempt: 1)).ThenNothing();

    [Fact]
    public void GivenAReplacementAfterAnInterruption_WhenItsLaunchFails_ThenTheNextPoolMayBeTried() =>
        Given(Stages.FirstWindow().Interrupted(1).Started(1, rank: 1))
            .When(Failed(attempt: 2))
            .When(new StartInstanceMigration(A.Id, A.Instance(1), 3, A.Pool(1, 2), A.SpotHourlyUsd(1, 2)))
            .Where(m => Assert.Equal(3, m.Moves[A.Instance(1)].Attempts.Count));
}
