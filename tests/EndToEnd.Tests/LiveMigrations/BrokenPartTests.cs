using OptiInfra.Commands;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.EndToEnd.Tests.LiveMigrations;

/// <summary>What a job is moved by does not work: the way to its new trainer, or the checkpoint that was saved last. The job ends with the loss of one that nobody has touched.</summary>
public sealed class BrokenPartTests
{
    [Fact]
    public async Task GivenAMove_WhenTheAddressCannotBeLedToTheNewTrainer_ThenTheOldOneKeepsTheJobToItsEnd()
    {
        await using var scene = await JobScene.StartAsync();
        await scene.HoldItsEndAsync();
        await scene.SubmitAsync(Pace.Steady, p => p with { HandoverTimeout = TimeSpan.FromMinutes(2) }, program: (name, content) =>
            name == "service.py" ? Changed(content, "(200, trainer.health())", "well_once(trainer.health())") + WellOnce : content);
        var begun = await scene.BegunAsync();
        await scene.Happened<EndpointSwitched>();
        await using var users = new JobUsers(await scene.AddressAsync());
        await scene.Happened<CheckpointSaved>();
        Assert.IsType<CommandOutcome.Accepted>(await scene.Platform.Execute(new MigrateNow(scene.Platform.Id, "pat")));

        var failed = await scene.Happened<ProvisioningFailed>();
        await scene.Happened<MigrationAbandoned>();
        var gone = await scene.Happened<OldInstanceTerminated>();
        var answers = await users.LeaveContentAsync();
        await scene.Platform.TakeFaultsBackAsync();
        await scene.CompletedCleanlyAsync();

        Assert.Equal(("endpoint_not_switched", 2), (failed.ErrorCode, failed.Epoch));
        Assert.Equal((2, failed.InstanceId), (gone.Epoch, gone.InstanceId));
        Assert.NotEqual(begun.InstanceId, failed.InstanceId);
        Assert.Equal([1], answers.Keys);
        Assert.All(await scene.Platform.All<EndpointSwitched>(), e => Assert.Equal(1, e.Epoch));
        Assert.Equal(1, Assert.Single(await scene.Platform.All<TakeOverRequested>()).Epoch);
        // nor did the bucket ever have another writer
        Assert.Equal(1, await scene.Checkpoints.FenceAsync());
        Assert.All(await scene.Checkpoints.ManifestsAsync(), m => Assert.Equal(1, JobCheckpoints.EpochOf(m)));
    }

    /// <summary>The platform sees the new trainer stand by, and the proxy that it is not well any more.</summary>
    const string WellOnce = """


        seen = []


        def well_once(health):
            if health["epoch"] > 1 and health["state"] == "standby":
                seen.append(health)
            return 503 if len(seen) > 1 else 200, health

        """;

    static string Changed(string text, string from, string to)
    {
        Assert.Contains(from, text, StringComparison.Ordinal);
        return text.Replace(from, to, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GivenTornCheckpointsThatLookNewest_WhenTheInstanceIsGoneWithoutNotice_ThenTheJobGoesOnFromTheLastWholeOne(bool latestIsThere)
    {
        await using var scene = await JobScene.StartAsync();
        await scene.HoldItsEndAsync();
        await scene.SubmitAsync(Pace.Steady);
        var begun = await scene.BegunAsync();
        await scene.Happened<CheckpointSaved>();
        // as if it died in the midst of saving: it writes nothing any more, and nobody knows yet
        await scene.FreezeAsync(begun.InstanceId);
        var whole = (await scene.Checkpoints.ManifestsAsync())[^1];
        await scene.Checkpoints.TearAsync(whole, stepsLater: 15, withData: true);
        var newest = await scene.Checkpoints.TearAsync(whole, stepsLater: 25, withData: false);
        await scene.Checkpoints.PointLatestAtAsync(latestIsThere ? newest : newest.Replace("/step-000", "/step-009", StringComparison.Ordinal));
        await scene.Platform.Control("interruptions", new { instances = new { instanceIds = new[] { begun.InstanceId } }, noticeSeconds = 0 });

        var resumed = await scene.Happened<TrainingResumed>();
        await scene.Platform.TakeFaultsBackAsync();
        await scene.CompletedCleanlyAsync();

        Assert.Equal(whole, (await scene.Platform.All<TrainerReady>()).Single(r => r.Epoch == resumed.Epoch).ResumedFrom?.Manifest);
        // it saves every ten steps
        Assert.InRange(resumed.LostSteps, 0, 10);
        Assert.Empty(await scene.Platform.All<TrainerInterrupted>());
    }
}
