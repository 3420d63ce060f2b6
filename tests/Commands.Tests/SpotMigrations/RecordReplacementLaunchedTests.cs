using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RecordReplacementLaunchedTests
{
    static RecordReplacementLaunched Launched(int attempt = 1, string? replacement = null) => new(A.Id, A.Instance(1), attempt, replacement ?? A.Replacement(1, attempt));

    [Fact]
    public void GivenAnIntent_WhenTheReplacementIsLaunched_ThenItIsKnown()
    {
        var past = Stages.FirstPhase().Started(1);
        Given(past).When(Launched()).Then(new ReplacementLaunched(A.Id, 1, A.Instance(1), 1, A.Replacement(1), past.Now)).Again().ThenNothing();
    }

    [Fact]
    public void GivenAMigratedInstance_WhenItsLaunchIsRecordedAgain_ThenNothing() => Given(Stages.FirstWindow()).When(Launched()).ThenNothing();

    // a refusal would have its caller terminate the machine that serves
    [Theory]
    [InlineData("retiring")]
    [InlineData("complete")]
    public void GivenTheLastGate_WhenTheLaunchIsRecordedAgain_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Launched()).ThenNothing();

    [Fact]
    public void GivenALaunch_WhenAnotherReplacementIsRecordedForIt_ThenRefusedSoThatItIsTerminated() =>
        Given(Stages.FirstPhase().Started(1).Launched(1)).When(Launched(replacement: "i-0000000000000stray")).ThenRefused("other_replacement", A.Replacement(1), "i-0000000000000stray");

    [Fact]
    public void GivenALaterAttempt_WhenAnEarlierOneIsLaunchedAfterAll_ThenRefused() =>
        Given(Stages.FirstPhase().Started(1).LaunchFailed(1).Started(1, rank: 1)).When(Launched(attempt: 1)).ThenRefused("stale_attempt");

    [Fact]
    public void GivenAnAttemptThatFailed_WhenItIsLaunchedAfterAll_ThenRefused() =>
        Given(Stages.FirstPhase().Started(1).LaunchFailed(1)).When(Launched()).ThenRefused("stale_attempt", "Waiting");

    [Fact]
    public void GivenAnInstanceThatWasGivenUp_WhenItIsLaunchedAfterAll_ThenRefused() =>
        Given(Stages.FirstPhase().Started(1).MoveFailed(1)).When(Launched()).ThenRefused("stale_attempt", "Failed");

    [Fact]
    public void GivenNoIntent_WhenAReplacementIsLaunched_ThenRefused() => Given(Stages.FirstPhase()).When(Launched()).ThenRefused("stale_attempt");

    [Fact]
    public void GivenAStranger_WhenAReplacementIsLaunchedForIt_ThenRefused() =>
        Given(Stages.FirstPhase()).When(new RecordReplacementLaunched(A.Id, A.Instance(9), 1, A.Replacement(9))).ThenRefused("stale_attempt");

    [Fact]
    public void GivenAnInterruption_WhenItsLaunchIsRecordedAgain_ThenRefused() =>
        Given(Stages.FirstWindow().Interrupted(1)).When(Launched()).ThenRefused("stale_attempt", "Interrupted");

    // what is launched while the migration turns back must go, not stay unnoticed
    [Theory]
    [InlineData("rolling back")]
    [InlineData("rolled back")]
    [InlineData("cancelled")]
    [InlineData("failed")]
    public void GivenNoPhaseUnderWay_WhenAReplacementIsLaunched_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Launched()).ThenRefused("wrong_status", A.Replacement(1));

    [Fact]
    public void GivenRetirement_WhenAReplacementIsLaunchedForAnInstanceThatStayed_ThenRefused()
    {
        var past = Stages.LastWindow().Interrupted(4).Started(4, rank: 1).CheckRequested().Measured();
        var retiring = Given(past).When(new StartPhase(A.Id, 4));
        retiring.When(new RecordReplacementLaunched(A.Id, A.Instance(4), 2, A.Replacement(4, 2))).ThenRefused("stale_attempt", "ReturnedToOnDemand");
    }
}
