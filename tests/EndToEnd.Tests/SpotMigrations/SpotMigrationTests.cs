using OptiInfra.Commands;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.EndToEnd.Tests.SpotMigrations;

public sealed class SpotMigrationTests
{
    [Fact]
    public async Task GivenTheDemosFleet_WhenMigrated_ThenSixInstancesMoveAndTheSavingIsReal()
    {
        await using var scene = await Scene.StartAsync();
        await scene.Request();

        var completed = await scene.Happened<MigrationCompleted>();

        Assert.Equal(6, completed.Moved);
        var analysed = Assert.Single(await scene.All<FleetAnalyzed>());
        Assert.Equal(10, analysed.Observation.Instances.Count);
        Assert.Equal(4, analysed.Refusals.Count);
        Assert.InRange(completed.RealisedSavingMonthlyUsd / analysed.FleetMonthlyUsd, 0.30m, 0.40m);
        Assert.Equal([1, 3, 6], (await scene.All<PhaseStarted>()).Select(p => p.TargetInstances));
        Assert.All(await scene.All<QualityMeasured>(), q => Assert.NotEqual(QualityVerdict.Degraded, q.Comparison.Verdict));

        var migrated = await scene.All<InstanceMigrated>();
        await LaunchedExactlyOnce(scene, migrated.Count);
        var instances = (await scene.Instances()).ToDictionary(i => i.Id);
        Assert.All(migrated, m =>
        {
            Assert.Equal("running", instances[m.ReplacementId].State);
            Assert.Equal("spot", instances[m.ReplacementId].Lifecycle);
            Assert.Equal(1.0, instances[m.ReplacementId].TrafficShare);
            Assert.Contains(instances[m.InstanceId].State, (string[])["shutting-down", "terminated"]);
        });

        await IsReplayed(scene);
        var verified = await scene.Run("audit", "verify");
        Assert.True(verified.ExitCode == 0, verified.Output);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task GivenDegradingReplacements_WhenAPhaseIsMeasured_ThenEverythingComesBack(int phase)
    {
        await using var scene = await Scene.StartAsync();
        if (phase == 1)
            await scene.Control("degrade", new { instances = new { lifecycle = "spot", launchedFromNow = true }, latencyFactor = 1.6 });
        await scene.Request();
        if (phase == 2)
        {
            await scene.Happened<PhaseStarted>(2);
            await scene.Control("degrade", new { instances = new { lifecycle = "spot" }, latencyFactor = 1.6, errorRate = 0.03 });
        }

        var rolledBack = await scene.Happened<MigrationRolledBack>();

        Assert.Empty(rolledBack.Differences);
        Assert.True(rolledBack.FleetAsBefore);
        var degraded = Assert.Single(await scene.All<QualityDegraded>());
        Assert.Equal(phase, degraded.Phase);
        var moved = (await scene.All<InstanceMigrated>()).Select(m => m.InstanceId).ToList();
        Assert.Equal(Enumerable.Reverse(moved), Assert.Single(await scene.All<RollbackStarted>()).InstanceIds);
        Assert.Equal(Enumerable.Reverse(moved), (await scene.All<InstanceRolledBack>()).Select(r => r.InstanceId));
        await FleetIsAsBefore(scene);
        await IsReplayed(scene);
    }

    [Fact]
    public async Task GivenAnInstanceWithoutHeadroom_WhenTheAgentsVote_ThenItIsExcludedAndTheOthersMove()
    {
        const string full = "i-0d3a90c0ffee000004";
        await using var scene = await Scene.StartAsync(fleet: json => json.Replace("""{"Key": "cloudsim:cpu-p95", "Value": "62"}""", """{"Key": "cloudsim:cpu-p95", "Value": "96"}""", StringComparison.Ordinal));
        await scene.Request(null, "i-0d3a90c0ffee000001", full);

        var completed = await scene.Happened<MigrationCompleted>();

        var rejected = Assert.Single(await scene.All<AgentRejected>());
        Assert.Equal(AgentNames.Performance, rejected.Agent);
        Assert.Equal([full], rejected.InstanceIds);
        Assert.Equal(1, completed.Moved);
        Assert.DoesNotContain(await scene.All<InstanceMigrationStarted>(), m => m.InstanceId == full);
    }

    [Fact]
    public async Task GivenAPlanToApprove_WhenRejected_ThenNothingIsLaunched()
    {
        await using var scene = await Scene.StartAsync();
        await scene.Request(Scene.Patient with { AutoApprove = false }, "i-0d3a90c0ffee000001");
        var asked = await scene.Happened<ApprovalRequested>();
        Assert.Equal("wrong_plan_hash", Assert.IsType<CommandOutcome.Refused>(await scene.Execute(new ApproveMigration(scene.Id, new string('0', 64), "pat"))).Code);
        Assert.Single(asked.Plan.Moves);

        Assert.IsType<CommandOutcome.Accepted>(await scene.Execute(new RejectMigration(scene.Id, "pat", "not this week")));

        Assert.Contains("not this week", (await scene.Happened<MigrationFailed>()).Reason, StringComparison.Ordinal);
        Assert.Empty(await scene.Launches());
    }

    [Fact]
    public async Task GivenAPlanToApprove_WhenNobodyDoesInTime_ThenItExpires()
    {
        await using var scene = await Scene.StartAsync();
        await scene.Request(Scene.Patient with { AutoApprove = false, ApprovalValidFor = TimeSpan.FromMinutes(20) }, "i-0d3a90c0ffee000001");

        await scene.Happened<MigrationFailed>();

        Assert.Single(await scene.All<ApprovalExpired>());
        Assert.Empty(await scene.Launches());
        Assert.IsType<CommandOutcome.Refused>(await scene.Execute(new ApproveMigration(scene.Id, (await scene.All<ApprovalRequested>())[0].PlanHash, "pat")));
    }

    [Fact]
    public async Task GivenAPoolWithoutCapacity_WhenAnInstanceMoves_ThenTheNextPoolTakesIt()
    {
        await using var scene = await Scene.StartAsync();
        await scene.Request(Scene.Patient with { AutoApprove = false }, "i-0d3a90c0ffee000001");
        var asked = await scene.Happened<ApprovalRequested>();
        var first = asked.Plan.Moves[0].Candidates[0].Pool;
        await scene.Control("faults", new { kind = "capacity", pool = new { lifecycle = "spot", instanceType = first.InstanceType, availabilityZone = first.AvailabilityZone } });
        Assert.IsType<CommandOutcome.Accepted>(await scene.Execute(new ApproveMigration(scene.Id, asked.PlanHash, "pat")));

        await scene.Happened<MigrationCompleted>();

        var failed = (await scene.All<LaunchFailed>())[0];
        Assert.Equal(("InsufficientInstanceCapacity", first), (failed.ErrorCode, failed.Pool));
        var migrated = Assert.Single(await scene.All<InstanceMigrated>());
        Assert.NotEqual(first, migrated.Pool);
        Assert.Contains(asked.Plan.Moves[0].Candidates, c => c.Pool == migrated.Pool);
        await LaunchedExactlyOnce(scene, 1);
    }

    [Fact]
    public async Task GivenAnInterruptionInMidPhase_WhenNoticed_ThenTheInstanceMovesToAnotherPool()
    {
        // slow enough that two minutes' notice can be seen
        await using var scene = await Scene.StartAsync(speed: 60);
        await scene.Request(Scene.Patient with { WatchInterval = TimeSpan.FromSeconds(20) }, "i-0d3a90c0ffee000001", "i-0d3a90c0ffee000002");
        var first = await scene.Happened<InstanceMigrated>();
        await scene.Control("interruptions", new { instances = new { instanceIds = new[] { first.ReplacementId } } });

        var completed = await scene.Happened<MigrationCompleted>();

        var interrupted = Assert.Single(await scene.All<InstanceInterrupted>());
        Assert.Equal((first.InstanceId, first.ReplacementId), (interrupted.InstanceId, interrupted.ReplacementId));
        Assert.Equal(2, completed.Moved);
        var again = (await scene.All<InstanceMigrated>()).Last(m => m.InstanceId == first.InstanceId);
        Assert.NotEqual(first.Pool, again.Pool);
        await LaunchedExactlyOnce(scene, 3);
        await IsReplayed(scene);
    }

    [Fact]
    public async Task GivenMovedInstances_WhenCancelled_ThenTheyComeBack()
    {
        await using var scene = await Scene.StartAsync();
        await scene.Request(null, "i-0d3a90c0ffee000001", "i-0d3a90c0ffee000002");
        await scene.Happened<InstanceMigrated>();

        Assert.IsType<CommandOutcome.Accepted>(await scene.Execute(new CancelMigration(scene.Id, "pat", "changed my mind")));

        var cancelled = await scene.Happened<MigrationCancelled>();
        Assert.Empty(cancelled.Differences);
        await FleetIsAsBefore(scene);
    }

    /// <summary>Deciders, agents and saga decide everything as they did.</summary>
    static async Task IsReplayed(Scene scene)
    {
        var replay = await scene.Run("replay", scene.Id.ToString());
        Assert.True(replay.ExitCode == 0, replay.Output);
        Assert.DoesNotContain("of that moment are not in the log", replay.Output, StringComparison.Ordinal);
        Assert.Contains("saga on", replay.Output, StringComparison.Ordinal);
    }

    internal static async Task LaunchedExactlyOnce(Scene scene, int launches)
    {
        var launched = await scene.Launches();
        Assert.All(launched, token => Assert.Single(token));
        Assert.Equal(launches, launched.Count);
    }

    static async Task FleetIsAsBefore(Scene scene)
    {
        var instances = await scene.Instances();
        var launched = (await scene.Launches()).SelectMany(l => l).ToHashSet(StringComparer.Ordinal);
        Assert.All(instances.Where(i => launched.Contains(i.Id)), i => Assert.Contains(i.State, (string[])["shutting-down", "terminated"]));
        Assert.All(instances.Where(i => !launched.Contains(i.Id)), i => Assert.Equal(("running", 1.0), (i.State, i.TrafficShare)));
    }
}
