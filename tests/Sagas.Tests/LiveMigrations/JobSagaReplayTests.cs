using OptiInfra.Commands;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Replay;
using OptiInfra.Sagas.Tests.SpotMigrations;

namespace OptiInfra.Sagas.Tests.LiveMigrations;

/// <summary>The recorded commands of a training job's saga, given again by its state machine.</summary>
public sealed class JobSagaReplayTests
{
    static readonly CapacityPool Pool = new(CapacityType.Spot, "m5.large", "us-east-1a");

    static TrainerReport Report(int epoch, string state, TrainerCheckpoint? checkpoint = null) => new(state, checkpoint?.Step ?? 0, 100, epoch, 0.5, "0x1.0p-1", false, checkpoint, null);

    static async Task Offered(SagaScene scene, int times)
    {
        await scene.Happened<ScoutingStarted>(times);
        var seen = new ScoutObservation(
            new ScoutedJob(2, null, RunsOn.Nothing, null, 0, 0, 0, 0, 0.2, 0.1, 0m), [new SpotOffer(Pool.ToString(), 0.05m, true, 5)], 0.096m);
        await scene.Accepted(new ProposeOffer(scene.Id, null, Pool, 0.05m, null, seen, ["the only offer"]));
        await scene.Happened<ProvisioningStarted>(times);
    }

    /// <summary>The first launch never answers; the second trains to the end.</summary>
    static async Task<SagaScene> TrainedWhole()
    {
        var scene = await SagaScene.StartAsync();
        await scene.Accepted(new SubmitJob(scene.Id, "default", "ana", new TrainingJobSpec
        {
            Name = "regression",
            Program = new TrainingProgram([new ProgramFile("train.py", "pass\n")], "@BUCKET@ @PREFIX@ @EPOCH@ @TOKEN@ @FILES@", ""),
            Needs = new MachineNeeds { ImageId = "ami-1" },
            Bucket = "acme-training",
            EstimatedHours = 2,
        }));
        await Offered(scene, 1);
        await scene.TimerIsSet();
        await scene.HappensAfter<ProvisioningFailed>(TimeSpan.FromMinutes(11));
        await Offered(scene, 2);
        await scene.Accepted(new RecordInstanceProvisioned(scene.Id, 2, "i-2"));
        await scene.Accepted(new RecordTrainerReady(scene.Id, 2, "i-2", "10.0.0.2:8080", Report(2, "standby")));
        await scene.Happened<EndpointSwitchRequested>();
        await scene.Accepted(new RecordEndpointSwitched(scene.Id, 2, "10.0.0.2:8080"));
        await scene.Accepted(new RecordTakeOver(scene.Id, 2, Report(2, "training"), 0));
        await scene.Accepted(new RecordTrainerSeen(scene.Id, 2, Report(2, "completed", new TrainerCheckpoint(100, 2, "manifests/2-100", "0x1.0p-1"))));
        await scene.Accepted(new RecordInstanceTerminated(scene.Id, 1, null));
        await scene.Accepted(new RecordInstanceTerminated(scene.Id, 2, "i-2"));
        await scene.Happened<JobCompleted>();
        await scene.TimerIsSet();
        return scene;
    }

    [Fact]
    public async Task GivenAWholeJob_WhenReplayed_ThenTheSagaGivesEveryCommandAgain()
    {
        await using var scene = await TrainedWhole();

        var (replayed, recorded) = await ReplayAsync(scene, _ => { });

        Assert.All(replayed, r => Assert.Null(r.Difference));
        Assert.All(replayed, r => Assert.Null(r.NotInLog));
        Assert.Equal(recorded.Count(c => c.Actor == "saga"), replayed.Count);
        Assert.Contains(replayed, r => r.What == "saga on JobSubmitted: StartScouting");
        Assert.Contains(replayed, r => r.What == "saga on LaunchTimedOut: TimeOutJob");
        Assert.Contains(replayed, r => r.What == "saga on TrainerReady: RequestEndpointSwitch");
    }

    [Fact]
    public async Task GivenCommandsThatWereChangedOrRemoved_WhenReplayed_ThenEachIsNamed()
    {
        await using var scene = await TrainedWhole();

        var (replayed, _) = await ReplayAsync(scene, commands =>
        {
            commands.RemoveAll(c => c.CommandType == nameof(StartScouting));
            var request = commands.FindIndex(c => c.CommandType == nameof(RequestEndpointSwitch));
            commands[request] = commands[request] with { Command = commands[request].Command.Replace("\"epoch\":2", "\"epoch\":3", StringComparison.Ordinal) };
        });

        var different = replayed.Where(r => r.Difference is not null).Select(r => (r.What, Difference: r.Difference!)).ToList();
        Assert.Contains(different, d => d.What == "saga on JobSubmitted: StartScouting" && d.Difference.Contains("none is recorded", StringComparison.Ordinal));
        Assert.Contains(different, d => d.What == "saga on TrainerReady: RequestEndpointSwitch" && d.Difference.Contains("\"epoch\":3", StringComparison.Ordinal));
    }

    static async Task<(IReadOnlyList<ReplayedDecision> Replayed, IReadOnlyList<RecordedCommand> Recorded)> ReplayAsync(SagaScene scene, Action<List<RecordedCommand>> change)
    {
        await using var session = scene.Store.QuerySession();
        var commands = (await RecordedCommands.OfAsync(session, scene.Id, CancellationToken.None)).ToList();
        change(commands);
        await using var replay = await SagaReplay.StartAsync(CancellationToken.None);
        return (await replay.RunAsync(commands, await scene.Events(), CancellationToken.None), commands);
    }
}
