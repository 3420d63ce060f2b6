using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Sagas.Tests.SpotMigrations;

/// <summary>The agents' parts of a migration, played through their commands.</summary>
static class Story
{
    static readonly IReadOnlyList<double> Bounds = [0.05, 0.1, 0.2, 0.4];

    public static MigrationPolicy Policy { get; } = new() { AutoApprove = true };

    public static string Instance(int number) => $"i-{number:D4}";

    public static string Replacement(int number) => $"i-spot-{number:D4}";

    public static async Task Requested(this SagaScene scene, MigrationPolicy policy) =>
        await scene.Accepted(new RequestMigration(scene.Id, "default", "pat", new FleetSelector(), policy));

    public static async Task Analysed(this SagaScene scene, int instances)
    {
        await scene.Happened<AnalysisStarted>();
        await scene.Accepted(Analysis(scene.Id, instances, scene.Clock.GetUtcNow()));
    }

    public static async Task Voted(this SagaScene scene)
    {
        var vote = await scene.Happened<VotesRequested>();
        await scene.Accepted(new RecordBaseline(scene.Id, [.. vote.Plan.Moves.Select(m => Window(m.InstanceId, scene, slow: false))], []));
        foreach (var agent in vote.Voters)
            await scene.Accepted(Vote(scene.Id, agent, vote.PlanHash, approved: true, []));
    }

    public static CastVote Vote(Guid id, string agent, string planHash, bool approved, IReadOnlyList<string> instanceIds) =>
        new(id, agent, planHash, approved, 0.9, instanceIds, approved ? [] : ["not this one"], [], new Dictionary<string, string>());

    /// <summary>From the request through three healthy phases to the last old instance.</summary>
    public static async Task MigratedWhole(this SagaScene scene, int instances)
    {
        await scene.Requested(Policy);
        await scene.Analysed(instances);
        await scene.Voted();
        for (var phase = 1; phase <= 3; phase++)
        {
            await scene.Moved(phase);
            await scene.Watched(check: phase);
        }

        await scene.Retired();
    }

    /// <summary>Plays the cost agent for a phase: every instance moves at the first attempt.</summary>
    public static async Task Moved(this SagaScene scene, int phase)
    {
        var started = await scene.Happened<PhaseStarted>(phase);
        foreach (var instance in started.InstanceIds)
            await scene.MovedOne(instance);
        await scene.Happened<PhaseCompleted>(phase);
    }

    public static async Task MovedOne(this SagaScene scene, string instance, int attempt = 1)
    {
        await scene.Accepted(new StartInstanceMigration(scene.Id, instance, attempt, Pool, 0.07m));
        await scene.Accepted(new RecordReplacementLaunched(scene.Id, instance, attempt, ReplacementOf(instance)));
        await scene.Accepted(new RecordInstanceMigrated(scene.Id, instance, attempt, ReplacementOf(instance)));
    }

    /// <summary>Lets the window pass and plays the application agent.</summary>
    public static async Task Watched(this SagaScene scene, int check, bool slow = false)
    {
        await scene.SagaIsIn("Monitoring");
        var migration = await scene.Migration();
        scene.Clock.Advance(migration.WindowEndsAt!.Value - scene.Clock.GetUtcNow() + TimeSpan.FromSeconds(1));
        var asked = await scene.Happened<QualityCheckRequested>(check);
        migration = await scene.Migration();
        var windows = migration.Moves.Keys.Select(id => Window(ReplacementOf(id), scene, slow)).ToList();
        await scene.Accepted(new RecordQuality(scene.Id, asked.Phase, asked.Check, windows, []));
    }

    public static async Task RolledBack(this SagaScene scene)
    {
        var started = await scene.Happened<RollbackStarted>();
        foreach (var instance in started.InstanceIds)
            await scene.Accepted(new RecordInstanceRolledBack(scene.Id, instance, [ReplacementOf(instance)], instance));
        await scene.Accepted(new ConcludeRollback(scene.Id, []));
    }

    public static async Task Retired(this SagaScene scene)
    {
        var started = await scene.Happened<RetirementStarted>();
        foreach (var instance in started.InstanceIds)
            await scene.Accepted(new RecordInstanceRetired(scene.Id, instance, ReplacementOf(instance), 0.07m));
    }

    public static string ReplacementOf(string instance) => instance.Replace("i-", "i-spot-", StringComparison.Ordinal);

    public static CapacityPool Pool { get; } = new(CapacityType.Spot, "m5.xlarge", "us-east-1a");

    static QualityWindow Window(string instance, SagaScene scene, bool slow) =>
        new(instance, scene.Clock.GetUtcNow().AddMinutes(-5), scene.Clock.GetUtcNow(), Bounds, slow ? [1000, 3000, 4000, 2000, 0] : [5000, 4000, 900, 100, 0], 10_000, 20);

    static RecordFleetAnalysis Analysis(Guid id, int instances, DateTimeOffset now)
    {
        var candidate = new CandidatePool(Pool, 0.07m, 0.07m, 0, Risk.Low, 1m, 80m);
        var observed = Enumerable.Range(1, instances).Select(n => new ObservedInstance(
            new FleetInstance(Instance(n), "m5.xlarge", "us-east-1a", CapacityType.OnDemand, "running", "ami-1", null, "10.0.0.1", now.AddDays(-40), new Dictionary<string, string>()), null, null)).ToList();
        var observation = new FleetObservation(now, "us-east-1", observed, [], [], new Dictionary<string, decimal> { ["m5.xlarge"] = 0.192m }, new Dictionary<string, int>());
        var opportunities = observed.Select(o => new Opportunity(o.Instance.InstanceId, "m5.xlarge", "us-east-1a", "search", UsagePattern.Stable,
            0.192m, Money.MonthlyUsd(0.192m), candidate, [candidate], Risk.Low, 80m, "blue_green", 0.9)).ToList();
        return new RecordFleetAnalysis(id, observation, Money.MonthlyUsd(0.192m) * instances, opportunities, []);
    }
}
