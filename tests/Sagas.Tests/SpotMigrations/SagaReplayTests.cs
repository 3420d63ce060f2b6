using OptiInfra.Commands;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Replay;

namespace OptiInfra.Sagas.Tests.SpotMigrations;

/// <summary>The saga's recorded commands, given again by its state machine.</summary>
public sealed class SagaReplayTests
{
    [Fact]
    public async Task GivenAWholeMigration_WhenReplayed_ThenTheSagaGivesEveryCommandAgain()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.MigratedWhole(instances: 6);
        await scene.SagaIsIn("Final");

        var (replayed, recorded) = await ReplayAsync(scene);

        Assert.All(replayed, r => Assert.Null(r.Difference));
        Assert.All(replayed, r => Assert.Null(r.NotInLog));
        Assert.Equal(recorded.Count(c => c.Actor == "saga"), replayed.Count);
        Assert.Equal(3, replayed.Count(r => r.What == "saga on MonitoringWindowEnded: RequestQualityCheck"));
        Assert.Contains(replayed, r => r.What == "saga on ApprovalRequested: ApproveMigration");
    }

    [Fact]
    public async Task GivenATimeOutAndARollback_WhenReplayed_ThenTheSagaGivesEveryCommandAgain()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.Analysed(instances: 2);
        await scene.Voted();
        await scene.Happened<PhaseStarted>();
        await scene.MovedOne(Story.Instance(1));
        await scene.Happened<PhaseCompleted>();
        await scene.Watched(check: 1, slow: true);
        await scene.RolledBack();
        await scene.SagaIsIn("Final");

        var (replayed, recorded) = await ReplayAsync(scene);

        Assert.All(replayed, r => Assert.Null(r.Difference));
        Assert.Equal(recorded.Count(c => c.Actor == "saga"), replayed.Count);
    }

    [Fact]
    public async Task GivenCommandsThatWereChangedRemovedOrMadeUp_WhenReplayed_ThenEachIsNamed()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy with { AutoApprove = false });
        await scene.Analysed(instances: 2);
        await scene.Voted();
        await scene.SagaIsIn("AwaitingApproval");
        await scene.HappensAfter<ApprovalExpired>(TimeSpan.FromHours(24.1));
        await scene.SagaIsIn("Final");

        var (replayed, recorded) = await ReplayAsync(scene, change: commands =>
        {
            commands.RemoveAll(c => c.CommandType == nameof(RequestVotes));
            var close = commands.FindIndex(c => c.CommandType == nameof(CloseVoting));
            commands[close] = commands[close] with { Command = commands[close].Command.Replace(scene.Id.ToString(), Guid.Empty.ToString(), StringComparison.Ordinal) };
            var requested = commands.First(c => c.CommandType == nameof(StartAnalysis));
            commands.Add(requested with { Id = Guid.NewGuid(), CommandType = nameof(StartPhase), Command = $$"""{"migrationId":"{{scene.Id}}","phase":1}""" });
        });

        Assert.NotEmpty(recorded);
        var different = replayed.Where(r => r.Difference is not null).Select(r => (r.What, r.Difference!)).ToList();
        Assert.Contains(different, d => d.What == "saga on FleetAnalyzed: RequestVotes" && d.Item2.Contains("none is recorded", StringComparison.Ordinal));
        Assert.Contains(different, d => d.What.EndsWith("CloseVoting", StringComparison.Ordinal) && d.Item2.Contains(Guid.Empty.ToString(), StringComparison.Ordinal));
        Assert.Contains(different, d => d.What == "saga on migration_requested: StartPhase" && d.Item2.Contains("no such command", StringComparison.Ordinal));
        Assert.Contains(replayed, r => r is { What: "saga on ApprovalValidityEnded: ExpireApproval", Difference: null });
    }

    [Fact]
    public async Task GivenAMigrationThatGoesOn_WhenReplayed_ThenWhatTheSagaHasYetToHandleIsNoDifference()
    {
        await using var scene = await SagaScene.StartAsync();
        await scene.Requested(Story.Policy);
        await scene.Analysed(instances: 2);
        await scene.Happened<VotesRequested>();
        await scene.Accepted(Story.Vote(scene.Id, AgentNames.Cost, (await scene.Migration()).PlanHash!, approved: true, []));
        await scene.TimerIsSet();

        var (replayed, _) = await ReplayAsync(scene, change: commands => commands.RemoveAll(c => c.CommandType == nameof(CloseVoting)));

        Assert.All(replayed, r => Assert.Null(r.Difference));
        Assert.Contains("not handled it yet", Assert.Single(replayed, r => r.NotInLog is not null).NotInLog, StringComparison.Ordinal);
    }

    static async Task<(IReadOnlyList<ReplayedDecision> Replayed, IReadOnlyList<RecordedCommand> Recorded)> ReplayAsync(SagaScene scene, Action<List<RecordedCommand>>? change = null)
    {
        await using var session = scene.Store.QuerySession();
        var commands = (await RecordedCommands.OfAsync(session, scene.Id, CancellationToken.None)).ToList();
        change?.Invoke(commands);
        await using var replay = await SagaReplay.StartAsync(CancellationToken.None);
        return (await replay.RunAsync(commands, await scene.Events(), CancellationToken.None), commands);
    }
}
