using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Sagas.Tests.SpotMigrations;

public sealed class SpotMigrationStateMachineTests
{
    [Fact]
    public async Task GivenAHealthyFleet_WhenRequested_ThenItMigratesInThreePhasesAndCompletes()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.MigratedWhole(instances: 6);

        var completed = await scene.Happened<MigrationCompleted>();
        Assert.Equal(6, completed.Moved);
        Assert.Equal(480m, completed.PromisedSavingMonthlyUsd);
        Assert.Equal(6 * (0.192m - 0.07m) * 730, completed.RealisedSavingMonthlyUsd);
        await scene.SagaIsIn("Final");
        var phases = (await scene.Events()).Select(e => e.Data).OfType<PhaseStarted>().Select(p => p.TargetInstances);
        Assert.Equal([1, 3, 6], phases);
    }

    [Fact]
    public async Task GivenNoAutoApproval_WhenNobodyApproves_ThenTheApprovalExpires()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy with { AutoApprove = false });
        await scene.Analysed(instances: 2);
        await scene.Voted();
        await scene.SagaIsIn("AwaitingApproval");

        await scene.HappensAfter<ApprovalExpired>(TimeSpan.FromHours(24.1));

        Assert.Contains("expired", (await scene.Happened<MigrationFailed>()).Reason, StringComparison.Ordinal);
        await scene.SagaIsIn("Final");
    }

    [Fact]
    public async Task GivenAnAgentThatNeverAnswers_WhenTheTimeIsOver_ThenTheMigrationFailsWithItsName()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.Analysed(instances: 2);
        var vote = await scene.Happened<VotesRequested>();
        foreach (var agent in vote.Voters.Where(v => v != AgentNames.Performance))
            await scene.Accepted(Story.Vote(scene.Id, agent, vote.PlanHash, approved: true, []));
        await scene.SagaIsIn("Coordinating");

        var failed = await scene.HappensAfter<MigrationFailed>(Story.Policy.VoteTimeout + TimeSpan.FromSeconds(1));

        Assert.Contains("performance", failed.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain((await scene.Events()).Select(e => e.Data), e => e is PhaseStarted);
    }

    [Fact]
    public async Task GivenACostAgentThatNeverAnalyses_WhenTheTimeIsOver_ThenTheMigrationFails()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.SagaIsIn("Analyzing");

        var failed = await scene.HappensAfter<MigrationFailed>(Story.Policy.AnalysisTimeout + TimeSpan.FromSeconds(1));

        Assert.Contains("did not analyse", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GivenAnExcludingVote_WhenVotingCloses_ThenTheApprovedPlanLacksTheInstance()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.Analysed(instances: 3);
        var vote = await scene.Happened<VotesRequested>();
        await scene.Accepted(Story.Vote(scene.Id, AgentNames.Performance, vote.PlanHash, approved: false, [Story.Instance(2)]));
        foreach (var agent in vote.Voters.Where(v => v != AgentNames.Performance))
            await scene.Accepted(Story.Vote(scene.Id, agent, vote.PlanHash, approved: true, []));

        var asked = await scene.Happened<ApprovalRequested>();

        Assert.Equal([Story.Instance(2)], asked.ExcludedInstanceIds);
        Assert.Equal([Story.Instance(1), Story.Instance(3)], asked.Plan.Moves.Select(m => m.InstanceId));
        await scene.Happened<PhaseStarted>();
    }

    [Fact]
    public async Task GivenDegradationAtFiftyPercent_WhenMeasured_ThenAllMovedInstancesRollBackNewestFirst()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.Analysed(instances: 6);
        await scene.Voted();
        await scene.Moved(phase: 1);
        await scene.Watched(check: 1);
        await scene.Moved(phase: 2);
        await scene.Watched(check: 2, slow: true);

        var rollback = await scene.Happened<RollbackStarted>();
        Assert.Equal([Story.Instance(3), Story.Instance(2), Story.Instance(1)], rollback.InstanceIds);
        await scene.SagaIsIn("RollingBack");
        await scene.RolledBack();

        Assert.True((await scene.Happened<MigrationRolledBack>()).FleetAsBefore);
        await scene.SagaIsIn("Final");
        // the window's timer of the phase that rolled back must not wake anything
        scene.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(MigrationStatus.RolledBack, (await scene.Migration()).Status);
    }

    [Fact]
    public async Task GivenAPhaseThatNeverFinishes_WhenItsTimeIsOver_ThenItRollsBack()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.Analysed(instances: 4);
        await scene.Voted();
        await scene.Happened<PhaseStarted>();
        await scene.Accepted(new StartInstanceMigration(scene.Id, Story.Instance(1), 1, Story.Pool, 0.07m));
        await scene.SagaIsIn("Executing");

        var rollback = await scene.HappensAfter<RollbackStarted>(Story.Policy.PhaseTimeout + TimeSpan.FromSeconds(1));

        Assert.Equal(RollbackTrigger.PhaseTimedOut, rollback.Trigger);
        Assert.Equal([Story.Instance(1)], rollback.InstanceIds);
    }

    [Fact]
    public async Task GivenTooFewRequests_WhenMeasuredTwice_ThenItStopsForAPersonAndResumes()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.Analysed(instances: 1);
        await scene.Voted();
        await scene.Moved(phase: 1);
        await scene.SagaIsIn("Monitoring");
        scene.Clock.Advance(Story.Policy.MonitoringWindows[0] + TimeSpan.FromSeconds(1));
        var first = await scene.Happened<QualityCheckRequested>();
        await scene.Accepted(new RecordQuality(scene.Id, 1, first.Check, [], ["i-spot-0001: no metrics"]));
        await scene.Happened<MonitoringExtended>();
        await scene.TimerIsSet();
        scene.Clock.Advance(Story.Policy.MonitoringWindows[0] + TimeSpan.FromSeconds(1));
        var second = await scene.Happened<QualityCheckRequested>(2);
        await scene.Accepted(new RecordQuality(scene.Id, 1, second.Check, [], ["i-spot-0001: no metrics"]));
        await scene.Happened<RolloutPaused>();
        await scene.SagaIsIn("Paused");

        await scene.Accepted(new ResumeMigration(scene.Id, "pat", AcceptQuality: true));

        await scene.Retired();
        Assert.Equal(1, (await scene.Happened<MigrationCompleted>()).Moved);
    }

    [Fact]
    public async Task GivenMovedInstances_WhenCancelled_ThenWhatMovedComesBackAndItEndsCancelled()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.Analysed(instances: 2);
        await scene.Voted();
        await scene.Moved(phase: 1);

        await scene.Accepted(new CancelMigration(scene.Id, "pat", "changed my mind"));
        await scene.RolledBack();

        Assert.True((await scene.Happened<MigrationCancelled>()).FleetAsBefore);
        await scene.SagaIsIn("Final");
    }

    [Fact]
    public async Task GivenAMeasurementThatNeverComes_WhenItsTimeIsOver_ThenItRollsBack()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.Analysed(instances: 1);
        await scene.Voted();
        await scene.Moved(phase: 1);
        await scene.SagaIsIn("Monitoring");
        scene.Clock.Advance(Story.Policy.MonitoringWindows[0] + TimeSpan.FromSeconds(1));
        await scene.Happened<QualityCheckRequested>();
        await scene.TimerIsSet();

        var rollback = await scene.HappensAfter<RollbackStarted>(Story.Policy.MeasurementTimeout + TimeSpan.FromSeconds(1));

        Assert.Equal(RollbackTrigger.MeasurementTimedOut, rollback.Trigger);
    }
}
