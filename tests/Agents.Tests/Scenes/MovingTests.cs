using OptiInfra.Agents.Application;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Cost;
using OptiInfra.Agents.Performance;
using OptiInfra.Agents.Resource;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Scenes;

/// <summary>How instances move, and what the agents do when the cloud does not play along.</summary>
public sealed class MovingTests
{
    [Fact]
    public async Task GivenAHealthyFleet_WhenRequested_ThenItMovesInPhasesAndTheOldInstancesGoLast()
    {
        await using var scene = await AgentScene.StartAsync(instances: 3);
        await scene.Requested();

        var completed = await scene.Reaches<MigrationCompleted>();

        Assert.Equal(3, completed.Moved);
        Assert.Equal(3 * 730 * (0.192m - 0.070m), completed.RealisedSavingMonthlyUsd);
        Assert.Equal(["i-1-new-1", "i-2-new-2", "i-3-new-3"], scene.Cloud.Alive().Select(i => i.InstanceId[..3] + "-new-" + i.InstanceId[^1]));
        Assert.Equal(3, scene.Cloud.Serving().Count);
        var events = (await scene.Events()).Select(e => e.Data).ToList();
        Assert.True(events.FindLastIndex(e => e is QualityMeasured) < events.FindIndex(e => e is InstanceRetired));
        Assert.Equal(4, events.OfType<AgentApproved>().Count());
    }

    [Fact]
    public async Task GivenTheVotes_WhenTheyAreJudgedAgainFromWhatTheyCarry_ThenTheyAreTheSame()
    {
        await using var scene = await AgentScene.StartAsync(instances: 3);
        await scene.Requested();
        await scene.Reaches<MigrationCompleted>();
        var events = (await scene.Events()).Select(e => e.Data).ToList();
        var (asked, policy) = (events.OfType<VotesRequested>().Single(), events.OfType<MigrationRequested>().Single().Policy);
        var (seen, baseline) = (events.OfType<FleetAnalyzed>().Single().Observation, events.OfType<QualityBaselineTaken>().Single());

        foreach (var vote in events.OfType<AgentApproved>())
        {
            var again = vote.Agent switch
            {
                AgentNames.Cost => CostVote.Judge(asked.Plan, vote.Observed!, policy),
                AgentNames.Resource => ResourceVote.Judge(asked.Plan, vote.Observed!, policy),
                AgentNames.Performance => PerformanceVote.Judge(asked.Plan, seen, vote.Observed!.Unreadable!, policy),
                _ => ApplicationVote.Judge(asked.Plan, baseline.Windows, vote.Observed!.Unreadable!, policy),
            };
            Assert.Equivalent(
                (vote.Confidence, vote.Concerns, vote.Recommendations, vote.Evidence),
                (Math.Round(again.Confidence, 3), again.Concerns, again.Recommendations, again.Evidence));
            Assert.True(again.Approved);
        }

        // a vote on nothing would be the same too
        Assert.NotEmpty(events.OfType<AgentApproved>().Single(v => v.Agent == AgentNames.Cost).Observed!.SpotPrices!);
        Assert.Equal(3, events.OfType<AgentApproved>().Single(v => v.Agent == AgentNames.Resource).Observed!.Placement!.Sum(p => p.InstanceIds.Count));
    }

    [Fact]
    public async Task GivenAReplacement_WhenItIsLaunched_ThenItTakesAfterTheOldInstanceAndServesNothingYet()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        scene.Cloud.Put(scene.Cloud["i-1"] with { Tags = new Dictionary<string, string>(Given.Stateless) { ["aws:cloudformation:stack-name"] = "s", ["team"] = "search" } });
        await scene.Requested();
        await scene.Reaches<ReplacementLaunched>();

        var launch = Assert.Single(scene.Cloud.Launches);

        Assert.Equal((CapacityType.Spot, "subnet-us-east-1a"), (launch.Pool.CapacityType, launch.SubnetId));
        Assert.Equal(
            new Dictionary<string, string>
            {
                [FleetTags.Workload] = "stateless",
                ["team"] = "search",
                [FleetTags.Replaces] = "i-1",
                [FleetTags.Migration] = scene.Id.ToString(),
                [FleetTags.Serving] = "false",
            }.OrderBy(t => t.Key, StringComparer.Ordinal),
            launch.Tags.OrderBy(t => t.Key, StringComparer.Ordinal));
        Assert.Equal((await scene.All<InstanceMigrationStarted>())[0].ClientToken, launch.ClientToken);
    }

    [Fact]
    public async Task GivenAnEmptyPool_WhenLaunching_ThenTheNextApprovedPoolIsUsed()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        scene.Cloud.Empty.Add(Given.Pool());
        await scene.Requested();

        var moved = await scene.Reaches<InstanceMigrated>();

        Assert.Equal((2, Given.Pool(zone: "us-east-1b")), (moved.Attempt, moved.Pool));
        var failed = Assert.Single(await scene.All<LaunchFailed>());
        Assert.Equal((1, "InsufficientInstanceCapacity", Given.Pool()), (failed.Attempt, failed.ErrorCode, failed.Pool));
    }

    [Fact]
    public async Task GivenNoPoolWithCapacity_WhenLaunching_ThenTheMoveFailsWithTheReasonOfEachPool()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        scene.Cloud.Empty.UnionWith(scene.Cloud.Prices.Keys);
        await scene.Requested();

        var failed = await scene.Reaches<InstanceMigrationFailed>();

        Assert.Contains("spot m5.xlarge us-east-1a: InsufficientInstanceCapacity", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("spot m5.xlarge us-east-1b: InsufficientInstanceCapacity", failed.Reason, StringComparison.Ordinal);
        await scene.Reaches<MigrationRolledBack>();
        Assert.Equal(["i-1"], scene.Cloud.Serving());
    }

    [Fact]
    public async Task GivenAPriceAboveTheApproval_WhenThePhaseStarts_ThenThatPoolIsPassedOver()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        await scene.Requested(AgentScene.Policy with { AutoApprove = false });
        var approval = await scene.Reaches<ApprovalRequested>();
        scene.Cloud.Prices[Given.Pool()] = 0.0771m;
        await scene.Execute(new ApproveMigration(scene.Id, approval.PlanHash, "pat"));

        Assert.Equal("us-east-1b", (await scene.Reaches<InstanceMigrationStarted>()).Pool.AvailabilityZone);
    }

    [Fact]
    public async Task GivenAQuotaThatIsReached_WhenLaunching_ThenNoOtherPoolIsTried()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        scene.Cloud.NextLaunches.Enqueue(new LaunchResult.QuotaReached("MaxSpotInstanceCountExceeded", "limit 0"));
        await scene.Requested();

        var failed = await scene.Reaches<InstanceMigrationFailed>();

        Assert.Contains("quota", failed.Reason, StringComparison.Ordinal);
        Assert.Single(await scene.All<InstanceMigrationStarted>());
    }

    [Fact]
    public async Task GivenALaunchWhoseAnswerIsLost_WhenItIsTriedAgain_ThenThereIsOneInstance()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        scene.Cloud.LostAnswers = 2;
        await scene.Requested();

        await scene.Reaches<MigrationCompleted>();

        Assert.Single(scene.Cloud.Launches);
        Assert.Single(scene.Cloud.Alive());
    }

    [Fact]
    public async Task GivenAReplacementThatNeverBecomesHealthy_WhenItsTimeIsOver_ThenItGoesAndTheNextPoolIsUsed()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        scene.Cloud.Stillborn.Add(Given.Pool());
        await scene.Requested(AgentScene.Policy with { LaunchTimeout = TimeSpan.FromMinutes(1) });

        var moved = await scene.Reaches<InstanceMigrated>();

        Assert.Equal(2, moved.Attempt);
        Assert.Equal("not_healthy", Assert.Single(await scene.All<LaunchFailed>()).ErrorCode);
        Assert.Equal("terminated", scene.Cloud["i-1-new-1"].State);
        Assert.Equal([moved.ReplacementId], scene.Cloud.Serving());
    }

    [Fact]
    public async Task GivenTrafficThatMoves_WhenTheReplacementIsHealthy_ThenTheOldInstanceStandsByUntilTheLastGate()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        await scene.Requested();
        await scene.Reaches<InstanceMigrated>();

        Assert.Equal(["i-1-new-1"], scene.Cloud.Serving());
        Assert.Equal("running", scene.Cloud["i-1"].State);
        await scene.Reaches<InstanceRetired>();
        Assert.Equal("terminated", scene.Cloud["i-1"].State);
    }

    [Fact]
    public async Task GivenACloudThatIsAway_WhenItComesBack_ThenTheMigrationGoesOnAndAPersonWasToldOnce()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        scene.Cloud.Away = true;
        await scene.Requested();
        var told = await scene.Reaches<AttentionNeeded>();
        await scene.Comes(() => scene.Clock.GetUtcNow() - told.At > TimeSpan.FromMinutes(2), "two minutes without a cloud");
        scene.Cloud.Away = false;

        await scene.Reaches<MigrationCompleted>();

        Assert.Contains("the cloud is away", Assert.Single(await scene.All<AttentionNeeded>()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GivenAFleetThatCannotBeAnalysed_WhenRequested_ThenTheMigrationFailsWithWhatIsWrong()
    {
        await using var scene = await AgentScene.StartAsync(instances: 1);
        await scene.Requested(fleet: new FleetSelector { InstanceIds = ["i-404"] });

        Assert.Contains("no instance i-404", (await scene.Reaches<MigrationFailed>()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GivenMessagesThatComeAgainLate_WhenTheMigrationIsOver_ThenNothingHappens()
    {
        await using var scene = await AgentScene.StartAsync(instances: 2);
        await scene.Requested();
        await scene.Reaches<MigrationCompleted>();
        var events = await scene.Events();
        var (serving, launches) = (scene.Cloud.Serving(), scene.Cloud.Launches.Count);

        foreach (var e in events)
            await scene.Redeliver(e);
        await scene.Quiet();

        Assert.Equal(serving, scene.Cloud.Serving());
        Assert.Equal(launches, scene.Cloud.Launches.Count);
        Assert.Equal(events.Count, (await scene.Events()).Count);
    }

    [Fact]
    public async Task GivenAnInstanceThatCannotBeWatched_WhenVoting_ThenItIsExcludedAndTheOthersMove()
    {
        await using var scene = await AgentScene.StartAsync(instances: 2);
        scene.Metrics.Unreadable["i-2"] = true;
        await scene.Requested();

        var completed = await scene.Reaches<MigrationCompleted>();

        Assert.Equal(1, completed.Moved);
        Assert.Equal(["i-2"], (await scene.All<ApprovalRequested>())[0].ExcludedInstanceIds);
        Assert.Contains("i-2", scene.Cloud.Serving());
    }
}
