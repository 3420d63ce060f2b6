using OptiInfra.Commands;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.EndToEnd.Tests.LiveMigrations;

/// <summary>Whatever happens to a job: it ends with the loss of one that nobody has touched, loses no more than the work since its last checkpoint, and leaves nothing behind.</summary>
public sealed class LiveMigrationTests
{
    [Fact]
    public async Task GivenAJob_WhenNothingHappens_ThenItTrainsWhereItBegan()
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync(Pace.Brief);

        var completed = await scene.CompletedCleanlyAsync();

        Assert.Equal(0, completed.Migrations);
        Assert.Single(await scene.Platform.All<InstanceProvisioned>());
    }

    [Fact]
    public async Task GivenAJob_WhenAnotherPoolIsMuchCheaper_ThenItMovesThere()
    {
        await using var scene = await JobScene.StartAsync(speed: 60);
        await scene.SubmitAsync(policy: Quick);
        var begun = await scene.BegunAsync();
        await scene.CheaperElsewhereAsync(begun.Pool);

        var better = await scene.Happened<BetterOfferFound>();
        var resumed = await scene.Happened<TrainingResumed>();
        await scene.TrainsOnAsync(resumed.Epoch);

        Assert.True(better.SavingFraction >= 0.2, $"saves {better.SavingFraction}");
        Assert.NotEqual(begun.Pool, better.Pool);
        // with both trainers there, only what the old one did between its last save and the fence is done twice
        Assert.InRange(resumed.LostSteps, 0, 10);
        Assert.Equal([begun.Epoch, resumed.Epoch], (await scene.Platform.All<EndpointSwitched>()).Select(e => e.Epoch));
        Assert.Single(await scene.Platform.All<TrainerFenced>());
        await scene.EndAsync();
    }

    [Theory]
    [InlineData(120)]
    [InlineData(0)]
    public async Task GivenAJob_WhenItsInstanceIsTakenBack_ThenItGoesOnElsewhere(int noticeSeconds)
    {
        await using var scene = await JobScene.StartAsync(speed: 10);
        await scene.SubmitAsync();
        var begun = await scene.BegunAsync();
        await scene.Happened<CheckpointSaved>();
        await scene.Platform.Control("interruptions", new { instances = new { instanceIds = new[] { begun.InstanceId } }, noticeSeconds });

        await scene.TrainsOnAsync((await scene.Happened<TrainingResumed>()).Epoch);

        Assert.Single(await scene.Platform.All<MigrationTriggered>());
        // by a notice that was seen, or, where there was none or it came too late, by the instance's end
        Assert.True((await scene.Platform.All<TrainerInterrupted>()).Count + (await scene.Platform.All<TrainerLost>()).Count > 0);
        await scene.EndAsync();
    }

    [Fact]
    public async Task GivenAMove_WhenTheNewInstanceNeverComesUp_ThenTheOldTrainerGoesOnUndisturbed()
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync(policy: p => p with { LaunchTimeout = TimeSpan.FromMinutes(15) });
        await scene.BegunAsync();
        await scene.Happened<CheckpointSaved>();
        await scene.Platform.Control("faults", new { kind = "boot", bootSeconds = 1_000_000 });
        Assert.IsType<CommandOutcome.Accepted>(await scene.Platform.Execute(new MigrateNow(scene.Platform.Id, "pat")));

        var failed = await scene.Happened<ProvisioningFailed>();
        await scene.Happened<MigrationAbandoned>();
        var saved = (await scene.Platform.All<CheckpointSaved>()).Count;
        await scene.Happened<CheckpointSaved>(saved + 1);

        Assert.Equal("not_ready", failed.ErrorCode);
        Assert.Empty(await scene.Platform.All<TrainerFenced>());
        await scene.EndAsync();
    }

    [Fact]
    public async Task GivenAMove_WhenTheOldInstanceWillNotDie_ThenItsTrainerIsFencedAndAPersonIsTold()
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync(policy: p => p with { RetirementTimeout = TimeSpan.FromMinutes(3) });
        var begun = await scene.BegunAsync();
        await scene.Happened<CheckpointSaved>();
        await scene.Platform.Control("faults", new { kind = "refuse-termination", instances = new { instanceIds = new[] { begun.InstanceId } }, forSeconds = 600 });
        Assert.IsType<CommandOutcome.Accepted>(await scene.Platform.Execute(new MigrateNow(scene.Platform.Id, "pat")));

        await scene.Happened<TrainerFenced>();
        await scene.Happened<JobAttentionNeeded>();
        await scene.Happened<OldInstanceTerminated>();
        await scene.EndAsync();

        Assert.Contains(await scene.Platform.All<OldInstanceTerminated>(), t => t.InstanceId == begun.InstanceId);
    }

    [Fact]
    public async Task GivenAMove_WhenS3RefusesTheCheckpoint_ThenNothingIsLaunchedAndTrainingGoesOn()
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync(policy: p => p with { CheckpointTimeout = TimeSpan.FromMinutes(2) });
        await scene.BegunAsync();
        await scene.Happened<CheckpointSaved>();
        await scene.Platform.Control("faults", new { kind = "s3", operation = "PutObject", code = "SlowDown", status = 503, forSeconds = 900 });
        // what is saved already needs no other object
        await scene.TrainsBeyondItsCheckpointAsync();
        Assert.IsType<CommandOutcome.Accepted>(await scene.Platform.Execute(new MigrateNow(scene.Platform.Id, "pat")));

        await scene.Happened<MigrationAbandoned>();
        var saved = (await scene.Platform.All<CheckpointSaved>()).Count;
        await scene.Happened<CheckpointSaved>(saved + 1);
        await scene.EndAsync();

        Assert.Single(await scene.Platform.All<InstanceProvisioned>());
    }

    [Theory]
    [InlineData("PreconditionFailed", 412)]
    [InlineData("ConditionalRequestConflict", 409)]
    public async Task GivenS3WithMoods_WhenTheJobMoves_ThenNoCheckpointIsTorn(string code, int status)
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync();
        await scene.BegunAsync();
        await scene.Happened<CheckpointSaved>();
        // answers that lie or are lost, and bodies that break off, now and then until the end
        for (var i = 0; i < 6; i++)
        {
            await scene.Platform.Control("faults", new { kind = "s3", operation = "PutObject", keyPrefix = "jobs/", code, status, calls = 1, afterSeconds = i * 40 });
            await scene.Platform.Control("faults", new { kind = "s3", operation = "PutObject", keyPrefix = "jobs/", loseResponse = true, calls = 1, afterSeconds = 10 + i * 40 });
            await scene.Platform.Control("faults", new { kind = "s3", operation = "PutObject", keyPrefix = "jobs/", tear = true, calls = 1, afterSeconds = 20 + i * 40 });
        }

        Assert.IsType<CommandOutcome.Accepted>(await scene.Platform.Execute(new MigrateNow(scene.Platform.Id, "pat")));
        await scene.TrainsOnAsync((await scene.Happened<TrainingResumed>()).Epoch);
        await scene.EndAsync();
    }

    [Fact]
    public async Task GivenPricesThatLeapfrogEachOther_WhenTheScoutLooks_ThenTheJobDoesNotFollowThem()
    {
        await using var scene = await JobScene.StartAsync(speed: 60);
        await scene.SubmitAsync(policy: Quick);
        var begun = await scene.BegunAsync();
        await scene.CheaperElsewhereAsync(begun.Pool);
        await scene.Happened<TrainingResumed>();
        var moved = await scene.BegunAsync();
        // what it has left is the cheapest again, and the other way round, every few minutes
        for (var i = 0; i < 6; i++)
            await scene.CheaperElsewhereAsync(moved.Pool, afterSeconds: i * 240, forSeconds: 120);

        await Testing.Eventually.TrueAsync(() => scene.Platform.Clock.GetUtcNow() > scene.Platform.StartedAt.AddMinutes(40), Scene.Bound, "forty minutes of leapfrogging");

        Assert.Single(await scene.Platform.All<MigrationTriggered>());
        await scene.EndAsync();
    }

    /// <summary>What a job of little more than an hour needs to be worth a move at all.</summary>
    static JobPolicy Quick(JobPolicy policy) => policy with
    {
        ExpectedChangeover = TimeSpan.FromMinutes(1),
        Scouting = policy.Scouting with { MinStay = TimeSpan.FromMinutes(2) },
    };

    [Fact]
    public async Task GivenAJob_WhenItIsCancelled_ThenItsInstanceGoes()
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync();
        await scene.BegunAsync();
        Assert.IsType<CommandOutcome.Accepted>(await scene.Platform.Execute(new CancelJob(scene.Platform.Id, "pat", "changed my mind")));

        await scene.Happened<JobCancelled>();
        await scene.NothingIsLeftAsync();
    }
}
