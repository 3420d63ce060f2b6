using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RecordInstanceMigratedTests
{
    static RecordInstanceMigrated Migrated(int n = 1, int attempt = 1, string? replacement = null) => new(A.Id, A.Instance(n), attempt, replacement ?? A.Replacement(n, attempt));

    [Fact]
    public void GivenAHealthyReplacement_WhenItTakesTheTraffic_ThenTheInstanceHasMoved()
    {
        var past = Stages.FirstPhase().Started(1).Launched(1);
        Given(past)
            .When(Migrated())
            .Then(new InstanceMigrated(A.Id, 1, A.Instance(1), 1, A.Replacement(1), A.Pool(1), A.SpotHourlyUsd(1), past.Now))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenSeveralMoves_WhenTheyFinish_ThenTheirOrderIsThatOfTheTraffic() =>
        Given(Stages.FirstPassed().PhaseStarted(2, 2, 3, 4, 5).Started(2).Started(3).Launched(2).Launched(3).Migrated(3))
            .When(Migrated(2))
            .Where(m => Assert.Equal([A.Instance(1), A.Instance(3), A.Instance(2)], m.Moves.Values.Where(x => x.MigratedOrder > 0).OrderBy(x => x.MigratedOrder).Select(x => x.InstanceId)));

    // the log would name a machine that nobody launched for this instance
    [Fact]
    public void GivenAHealthyReplacement_WhenAnotherOneTakesTheTraffic_ThenRefused() =>
        Given(Stages.FirstPhase().Started(1).Launched(1)).When(Migrated(replacement: A.Replacement(2))).ThenRefused("other_replacement", A.Replacement(1), A.Replacement(2));

    [Fact]
    public void GivenAReplacementAfterAnInterruption_WhenItTakesTheTraffic_ThenItIsTheNewestMove() =>
        Given(Stages.SecondWindow().Interrupted(1).Started(1, rank: 1).Launched(1))
            .When(Migrated(attempt: 2))
            .Where(m => Assert.Equal(A.Instance(1), m.Moves.Values.MaxBy(x => x.MigratedOrder)!.InstanceId));

    [Fact]
    public void GivenAnIntentAlone_WhenTheTrafficMoves_ThenRefused() => Given(Stages.FirstPhase().Started(1)).When(Migrated()).ThenRefused("stale_attempt", "Starting", "Launched");

    [Fact]
    public void GivenAnEarlierAttempt_WhenItsTrafficMoves_ThenRefused() =>
        Given(Stages.FirstPhase().Started(1).Launched(1).LaunchFailed(1, launched: true).Started(1, rank: 1).Launched(1)).When(Migrated(attempt: 1)).ThenRefused("stale_attempt");

    [Fact]
    public void GivenAnInterruptionBeforeTheTrafficMoved_WhenItMoves_ThenRefused() =>
        Given(Stages.FirstPhase().Started(1).Launched(1).Interrupted(1)).When(Migrated()).ThenRefused("stale_attempt", "Interrupted");

    [Theory]
    [InlineData("retiring")]
    [InlineData("complete")]
    public void GivenTheLastGate_WhenTheMoveIsRecordedAgain_ThenNothing(string stage) => Given(Stages.All[stage]()).When(Migrated()).ThenNothing();

    // its caller has just given the traffic to what is being rolled back, and must give it back
    [Theory]
    [InlineData("rolling back")]
    [InlineData("rolled back")]
    [InlineData("cancelled")]
    [InlineData("requested")]
    public void GivenNoPhaseUnderWay_WhenTheTrafficMoves_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Migrated()).ThenRefused("wrong_status", "Moving traffic");
}
