using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Scenes;

/// <summary>Interruptions, rollback, retirement: what goes back, and that nothing is left behind.</summary>
public sealed class LosingTests
{
    [Fact]
    public async Task GivenAnInterruptionNotice_WhenItIsSeen_ThenTheOldInstanceServesAndAnotherPoolTakesOver()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        await scene.Requested(AgentScene.Policy with { MonitoringWindows = [TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)] });
        var first = await scene.Reaches<InstanceMigrated>();
        scene.Metrics.Noticed[first.ReplacementId] = TimeSpan.FromSeconds(100);

        var interrupted = await scene.Reaches<InstanceInterrupted>();
        var second = await scene.Reaches<InstanceMigrated>(times: 2);

        Assert.Equal(interrupted.At + TimeSpan.FromSeconds(100), interrupted.TerminatesAt!.Value, TimeSpan.FromSeconds(30));
        Assert.Equal((2, "us-east-1b"), (second.Attempt, second.Pool.AvailabilityZone));
        Assert.Equal([second.ReplacementId], scene.Cloud.Serving());
        await scene.Reaches<MigrationCompleted>();
        // the cloud never took it back; the retirement does
        Assert.Equal([second.ReplacementId], scene.Cloud.Alive().Select(i => i.InstanceId));
        Assert.Single(await scene.All<InstanceInterrupted>());
    }

    [Fact]
    public async Task GivenAReplacementThatVanishes_WhenNoOtherPoolIsLeft_ThenTheOldInstanceServesOnDemandAgain()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        scene.Cloud.Prices.Remove(Given.Pool(zone: "us-east-1b"));
        await scene.Requested(AgentScene.Policy with { MonitoringWindows = [TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)] });
        var moved = await scene.Reaches<InstanceMigrated>();
        await scene.Cloud.TerminateAsync(moved.ReplacementId);

        var returned = await scene.Reaches<InstanceReturnedToOnDemand>();

        Assert.Contains("No approved pool is left", returned.Reason, StringComparison.Ordinal);
        Assert.Equal(["i-1"], scene.Cloud.Serving());
        Assert.Contains("terminated", (await scene.All<InstanceInterrupted>())[0].Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GivenDegradedQuality_WhenMeasured_ThenEverythingGoesBackNewestFirstAndTheFleetIsAsBefore()
    {
        await using var scene = await AgentScene.StartAsync(instances: 4);
        await scene.Requested();
        var second = await scene.Reaches<PhaseStarted>(times: 2);
        foreach (var id in second.InstanceIds)
            scene.Metrics.SlowReplacementsOf[id] = true;

        var over = await scene.Reaches<MigrationRolledBack>();

        Assert.Empty(over.Differences);
        Assert.True(over.FleetAsBefore);
        Assert.Equal(["i-1", "i-2", "i-3", "i-4"], scene.Cloud.Alive().Select(i => i.InstanceId));
        Assert.Equal(["i-1", "i-2", "i-3", "i-4"], scene.Cloud.Serving());
        var moved = (await scene.All<InstanceMigrated>()).Select(m => m.InstanceId).Reverse();
        Assert.Equal(moved, (await scene.All<InstanceRolledBack>()).Select(r => r.InstanceId));
    }

    [Fact]
    public async Task GivenAReplacementThatMayNotBeTerminated_WhenRollingBack_ThenTheOthersDoNotWaitAndAPersonIsToldOnce()
    {
        await using var scene = await AgentScene.StartAsync(instances: 2);
        await scene.Requested(AgentScene.Policy with { PhaseFractions = [1m], MonitoringWindows = [TimeSpan.FromMinutes(10)] });
        await scene.Reaches<PhaseCompleted>();
        var newest = (await scene.All<InstanceMigrated>())[^1];
        scene.Cloud.Protected.Add(newest.ReplacementId);
        await scene.Execute(new CancelMigration(scene.Id, "pat", "changed my mind"));

        var first = await scene.Reaches<InstanceRolledBack>();
        Assert.NotEqual(newest.InstanceId, first.InstanceId);
        // both old instances serve by now: traffic does not wait for terminations
        Assert.Equal(["i-1", "i-2"], scene.Cloud.Serving());
        var told = await scene.Reaches<AttentionNeeded>();
        await scene.Comes(() => scene.Clock.GetUtcNow() - told.At > TimeSpan.FromMinutes(2), "two minutes of trying");
        scene.Cloud.Protected.Clear();

        var over = await scene.Reaches<MigrationCancelled>();
        Assert.True(over.FleetAsBefore);
        Assert.Contains(newest.ReplacementId, Assert.Single(await scene.All<AttentionNeeded>()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GivenAnOldInstanceThatDied_WhenRollingBack_ThenAnOnDemandOneTakesItsPlaceAndTheDifferenceIsSaid()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        await scene.Requested(AgentScene.Policy with { MonitoringWindows = [TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10)] });
        await scene.Reaches<PhaseCompleted>();
        await scene.Cloud.TerminateAsync("i-1");
        await scene.Execute(new CancelMigration(scene.Id, "pat", "changed my mind"));

        var over = await scene.Reaches<MigrationCancelled>();

        Assert.False(over.FleetAsBefore);
        Assert.Contains("i-1 was running and is terminated", over.Differences);
        var alive = Assert.Single(scene.Cloud.Alive());
        Assert.Equal((CapacityType.OnDemand, "m5.xlarge", "us-east-1a"), (alive.CapacityType, alive.InstanceType, alive.AvailabilityZone));
        Assert.Equal([alive.InstanceId], scene.Cloud.Serving());
        Assert.Equal(alive.InstanceId, Assert.Single(await scene.All<InstanceRolledBack>()).RestoredInstanceId);
    }

    [Fact]
    public async Task GivenALaunchThatIsUnderWay_WhenTheMigrationIsCancelled_ThenNothingOfItIsLeft()
    {
        await using var scene = await AgentScene.StartAsync(instances: 3);
        scene.Cloud.Stillborn.UnionWith(scene.Cloud.Prices.Keys);
        await scene.Requested(AgentScene.Policy with { PhaseFractions = [1m], MonitoringWindows = [TimeSpan.FromMinutes(1)] });
        await scene.Reaches<InstanceMigrationStarted>();
        await scene.Execute(new CancelMigration(scene.Id, "pat", "changed my mind"));

        var over = await scene.Reaches<MigrationCancelled>();
        await scene.Comes(() => scene.Cloud.Alive().Count == 3, "only the old fleet runs");

        Assert.True(over.FleetAsBefore, string.Join("; ", over.Differences));
        Assert.Equal(["i-1", "i-2", "i-3"], scene.Cloud.Serving());
    }

    [Fact]
    public async Task GivenAReplacementThatIsNotHealthy_WhenRetiring_ThenItsOldInstanceStaysUntilItIs()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        await scene.Requested();
        var moved = await scene.Reaches<InstanceMigrated>();
        scene.Metrics.Unhealthy[moved.ReplacementId] = true;
        await scene.Reaches<RetirementStarted>();

        var told = await scene.Reaches<AttentionNeeded>();

        Assert.Contains(moved.ReplacementId, told.Reason, StringComparison.Ordinal);
        Assert.Equal("running", scene.Cloud["i-1"].State);
        scene.Metrics.Unhealthy.Clear();
        await scene.Reaches<MigrationCompleted>();
        Assert.Equal("terminated", scene.Cloud["i-1"].State);
    }

    [Fact]
    public async Task GivenAReplacementThatIsLostAfterTheLastGate_WhenRetiring_ThenItsOldInstanceStaysAndServes()
    {
        await using var scene = await AgentScene.StartAsync(instances: 2);
        await scene.Requested(AgentScene.Policy with { PhaseFractions = [1m], MonitoringWindows = [TimeSpan.FromMinutes(1)] });
        await scene.Reaches<PhaseCompleted>();
        var lost = (await scene.All<InstanceMigrated>()).Single(m => m.InstanceId == "i-1");
        // holds its retirement until it is lost
        scene.Metrics.Unhealthy[lost.ReplacementId] = true;
        await scene.Reaches<AttentionNeeded>();
        await scene.Cloud.TerminateAsync(lost.ReplacementId);

        var completed = await scene.Reaches<MigrationCompleted>();

        Assert.Equal(1, completed.Moved);
        Assert.Equal("i-1", Assert.Single(await scene.All<InstanceReturnedToOnDemand>()).InstanceId);
        Assert.Contains("i-1", scene.Cloud.Serving());
        Assert.Equal("terminated", scene.Cloud["i-2"].State);
    }
}
