using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.EndToEnd.Tests.LiveMigrations;

/// <summary>The program dies at some point of a job's life, as with kill -9, and is started again; the trainers go on meanwhile.</summary>
public sealed class JobKillTests
{
    public static TheoryData<string> Points { get; } =
    [
        nameof(JobSubmitted), nameof(OfferFound), nameof(ProvisioningStarted), nameof(TrainingStarted), nameof(MigrationTriggered), nameof(InstanceProvisioned),
        nameof(TrainerReady), nameof(EndpointSwitchRequested), nameof(TakeOverRequested), nameof(TrainingResumed), nameof(TrainingFinished),
    ];

    /// <summary>Those that come twice in a job that moves: of them the second, which belongs to the move.</summary>
    static readonly HashSet<string> OfTheMove = [nameof(InstanceProvisioned), nameof(TrainerReady), nameof(EndpointSwitchRequested), nameof(TakeOverRequested)];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task GivenAJobThatMoves_WhenTheProgramIsKilled_ThenItMovesOnceAndCompletes(string point)
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync();
        var beginning = point is nameof(JobSubmitted) or nameof(OfferFound) or nameof(ProvisioningStarted) or nameof(TrainingStarted);
        if (beginning)
            await scene.KillAtAsync(point);
        await scene.BegunAsync();
        await scene.Happened<CheckpointSaved>();
        Assert.IsType<Commands.CommandOutcome.Accepted>(await scene.Platform.Execute(new MigrateNow(scene.Platform.Id, "pat")));
        if (!beginning)
            await scene.KillAtAsync(point, OfTheMove.Contains(point) ? 2 : 1);

        var completed = await scene.CompletedCleanlyAsync();

        Assert.Equal(1, completed.Migrations);
        var verified = await scene.Platform.Run("audit", "verify", scene.Platform.Id.ToString());
        Assert.True(verified.ExitCode == 0, verified.Output);
    }
}
