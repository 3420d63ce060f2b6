using OptiInfra.Commands;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Testing;

namespace OptiInfra.EndToEnd.Tests.LiveMigrations;

/// <summary>The program dies again and again in a job's life, as with kill -9, and is started again; the trainers go on meanwhile.</summary>
public sealed class JobKillTests
{
    [Theory]
    [InlineData(nameof(JobSubmitted), nameof(ProvisioningStarted), nameof(TrainingStarted))]
    [InlineData(nameof(OfferFound), nameof(InstanceProvisioned), nameof(TakeOverRequested))]
    public async Task GivenANewJob_WhenTheProgramIsKilled_ThenItsOneTrainerBegins(params string[] points)
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync();
        foreach (var point in points)
            await KillAtAsync(scene, point);

        await scene.TrainsOnAsync((await scene.BegunAsync()).Epoch);
        Assert.Single(await scene.Platform.All<InstanceProvisioned>());
        await scene.EndAsync();
    }

    [Theory]
    [InlineData(nameof(MigrationTriggered), nameof(InstanceProvisioned), nameof(EndpointSwitchRequested), nameof(TrainingResumed))]
    [InlineData(nameof(ProvisioningStarted), nameof(TrainerReady), nameof(TakeOverRequested), nameof(TrainerFenced))]
    public async Task GivenAMove_WhenTheProgramIsKilled_ThenTheJobMovesOnce(params string[] points)
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync();
        await scene.BegunAsync();
        await scene.Happened<CheckpointSaved>();
        Assert.IsType<CommandOutcome.Accepted>(await scene.Platform.Execute(new MigrateNow(scene.Platform.Id, "pat")));
        foreach (var point in points)
            await KillAtAsync(scene, point, point is nameof(MigrationTriggered) or nameof(TrainingResumed) or nameof(TrainerFenced) ? 1 : 2);

        await scene.TrainsOnAsync((await scene.Happened<TrainingResumed>()).Epoch);
        await scene.EndAsync();
        Assert.Single(await scene.Platform.All<TrainingResumed>());
        Assert.Equal(2, (await scene.Platform.All<InstanceProvisioned>()).Count);
        var verified = await scene.Platform.Run("audit", "verify", scene.Platform.Id.ToString());
        Assert.True(verified.ExitCode == 0, verified.Output);
    }

    [Fact]
    public async Task GivenAJobThatEnds_WhenTheProgramIsKilled_ThenNothingIsLeft()
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync(Pace.Brief);
        await KillAtAsync(scene, nameof(TrainingFinished));
        await scene.CompletedCleanlyAsync();
    }

    static async Task KillAtAsync(JobScene scene, string eventName, int times = 1)
    {
        var told = "";
        await Eventually.TrueAsync(
            async () =>
            {
                var events = await scene.Platform.Events();
                told = string.Join(", ", events.Select(e => e.EventTypeName));
                return events.Count(e => e.EventType.Name == eventName) >= times;
            },
            Scene.Bound, $"{times} × {eventName}");
        TestContext.Current.TestOutputHelper?.WriteLine($"killed after {told}");
        await scene.Platform.KillPlatformAsync();
        await scene.Platform.StartPlatformAsync();
    }
}
