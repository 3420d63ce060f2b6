using OptiInfra.Agents.Application;
using OptiInfra.Agents.Cost;
using OptiInfra.Agents.Performance;
using OptiInfra.Agents.Resource;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Cli.Tests;

/// <summary>A migration whose analysis and votes are the agents' own, over a fleet of two instances.</summary>
static class JudgedStory
{
    static readonly CapacityPool Pool = new(CapacityType.Spot, "m5.xlarge", "us-east-1a");

    public static MigrationStory Voted()
    {
        var policy = new MigrationPolicy();
        var story = new MigrationStory(Guid.CreateVersion7());
        var observation = Observation(story.Now);
        var assessment = CostAssessment.Assess(observation, policy);
        story.Requested().Do(new StartAnalysis(story.Id)).Do(
            new RecordFleetAnalysis(story.Id, observation, assessment.FleetMonthlyUsd, assessment.Opportunities, assessment.Refusals));
        story.Do(new RequestVotes(story.Id));
        var (plan, hash) = (story.State!.Plan!, story.State.PlanHash!);
        story.Do(new RecordBaseline(story.Id, [.. plan.Moves.Select(m => Baseline(m.InstanceId))], []));
        string[] unread = ["i-2: http://10.0.0.2:9100/metrics: connection refused"];
        story.Do(PerformanceVote.Judge(plan, observation, unread, policy).Cast(story.Id, AgentNames.Performance, hash, new VoteObservation(Unreadable: unread)));
        story.Do(ApplicationVote.Judge(plan, [.. story.State.Baseline.Values], [], policy).Cast(story.Id, AgentNames.Application, hash, new VoteObservation(Unreadable: [])));
        var prices = new VoteObservation(SpotPrices: [new PoolPrice(Pool, 0.061m)]);
        story.Do(CostVote.Judge(plan, prices, policy).Cast(story.Id, AgentNames.Cost, hash, prices));
        var market = new VoteObservation(Placement: [new PlacementObservation(["i-1", "i-2"], ["m5.xlarge"], new Dictionary<string, int> { ["us-east-1b"] = 3, ["us-east-1a"] = 9 }, null)], AvailabilityZones: ["us-east-1a", "us-east-1b"]);
        story.Do(ResourceVote.Judge(plan, market, policy).Cast(story.Id, AgentNames.Resource, hash, market));
        return story.Do(new CloseVoting(story.Id));
    }

    /// <summary>Approved and moved in two phases of one instance each.</summary>
    /// <param name="slowdown">Of the last window: 1 as before; above 1 that much slower.</param>
    public static MigrationStory Moved(double slowdown = 1.0)
    {
        var story = Voted();
        story.Do(new ApproveMigration(story.Id, story.State!.PlanHash!, "ben"));
        story.PhaseMoved(1).Measured(1);
        // half of two are moved already: the next phase is the last
        story.Do(new StartPhase(story.Id, 2)).Moved("i-2");
        return story.Do(new CompletePhase(story.Id, 3)).Measured(3, slowdown);
    }

    public static MigrationStory Completed()
    {
        var story = Moved();
        story.Do(new StartPhase(story.Id, 4));
        foreach (var id in (string[])["i-1", "i-2"])
            story.Do(new RecordInstanceRetired(story.Id, id, $"{id}-r1", 0.062m));
        return story.Do(new CompleteMigration(story.Id));
    }

    static FleetObservation Observation(DateTimeOffset at)
    {
        var use = new UtilisationHistory(168, 0.30, 0.40, 0.45, 0.1);
        return new FleetObservation(
            at,
            "us-east-1",
            [
                .. new[] { "i-1", "i-2" }.Select(id => new ObservedInstance(
                    new FleetInstance(id, "m5.xlarge", "us-east-1a", CapacityType.OnDemand, "running", null, null, null, at.AddDays(-30), new Dictionary<string, string> { [FleetTags.Workload] = "stateless" }),
                    use,
                    use)),
            ],
            [new InstanceTypeFacts("m5.xlarge", "x86_64", 4, 16_384, 0, false)],
            [new SpotPriceHistory(Pool, 0.06m, 0.06m, 0.07m, 3)],
            new Dictionary<string, decimal> { ["m5.xlarge"] = 0.192m },
            new Dictionary<string, int> { ["m5.xlarge"] = 1 });
    }

    static QualityWindow Baseline(string id) =>
        new(id, MigrationStory.Start, MigrationStory.Start.AddMinutes(5), [0.05, 0.1, 0.2], [5_000, 4_000, 1_000, 0], 10_000, 50);
}
