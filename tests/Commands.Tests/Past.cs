using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests;

/// <summary>
/// What happened to a migration so far, told event by event; nothing here asks the decider. Instances are named by their
/// number, which is also their place in the plan. Each event comes a second after the one before it.
/// </summary>
public sealed class Past
{
    readonly List<object> events = [];
    readonly Dictionary<int, int> attempts = [];
    readonly Dictionary<int, int> pools = [];
    readonly Dictionary<int, int> phaseOf = [];
    readonly List<int> planned;
    int phase;
    int check;

    Past(int instances, MigrationPolicy policy)
    {
        planned = [.. Enumerable.Range(1, instances)];
        Size = instances;
        Policy = policy;
    }

    public IReadOnlyList<object> Events => events;
    /// <summary>A second after the last event, unless <see cref="Later"/> moved it on.</summary>
    public DateTimeOffset Now { get; private set; } = Spec.Noon;
    public MigrationPolicy Policy { get; }
    /// <summary>Instances that were found to be worth moving.</summary>
    public int Size { get; }
    public MigrationPlan Plan => A.Plan(planned);
    public string PlanHash => Commands.SpotMigrations.PlanHash.Of(Plan);
    public DateTimeOffset ApprovalExpiresAt { get; private set; }
    public DateTimeOffset WindowEndsAt { get; private set; }

    public static Past Requested(int instances = 10, MigrationPolicy? policy = null, string? requesterId = null)
    {
        var past = new Past(instances, policy ?? new MigrationPolicy());
        return past.Then(new MigrationRequested(A.Id, "acme", "pat", new FleetSelector { Tags = new Dictionary<string, string> { ["env"] = "prod" } }, past.Policy, past.Now, requesterId));
    }

    public Past AnalysisStarted() => Then(new AnalysisStarted(A.Id, Now + Policy.AnalysisTimeout, Now));

    public Past Analyzed()
    {
        var analysis = A.Analysis(Size, refused: 2);
        Then(new FleetAnalyzed(A.Id, analysis.Observation, analysis.FleetMonthlyUsd, Size, analysis.Refusals, Now));
        foreach (var opportunity in analysis.Opportunities)
            Then(new OpportunityFound(A.Id, opportunity, Now));
        return this;
    }

    public Past VotesRequested() => Then(new VotesRequested(A.Id, Plan, PlanHash, Policy.Voters, Now + Policy.VoteTimeout, Now));

    public Past BaselineTaken(params string[] unreadable) => Then(new QualityBaselineTaken(A.Id, [.. planned.Select(A.Instance).Except(unreadable).Select(id => A.Window(id))], unreadable, Now));

    public Past Approves(params IEnumerable<string> agents)
    {
        foreach (var agent in agents)
        {
            var vote = A.Vote(agent, Plan);
            Then(new AgentApproved(A.Id, agent, PlanHash, vote.Confidence, vote.Concerns, vote.Recommendations, vote.Evidence, Now));
        }

        return this;
    }

    public Past Rejects(string agent, params string[] instanceIds)
    {
        var vote = A.Vote(agent, Plan, approved: false, instanceIds);
        return Then(new AgentRejected(A.Id, agent, PlanHash, vote.Confidence, instanceIds, [$"{agent} is concerned"], vote.Recommendations, vote.Evidence, Now));
    }

    public Past ApprovalRequested(params int[] excluded)
    {
        planned.RemoveAll(excluded.Contains);
        ApprovalExpiresAt = Now + Policy.ApprovalValidFor;
        return Then(new ApprovalRequested(A.Id, Plan, PlanHash, A.Instances(excluded), Policy.MaxPriceDriftFraction, ApprovalExpiresAt, Now));
    }

    public Past CustomerApproved(string by = "chris") => Then(new CustomerApproved(A.Id, PlanHash, by, false, Now));

    public Past PhaseStarted(int number, params IReadOnlyList<int> instances)
    {
        phase = number;
        foreach (var n in instances)
            phaseOf[n] = number;
        return Then(new PhaseStarted(A.Id, number, (int)(Policy.PhaseFractions[number - 1] * 100), phaseOf.Count, [.. instances.Select(A.Instance)], Now));
    }

    /// <summary>A further attempt in the candidate pool of that rank.</summary>
    public Past Started(int n, int rank = 0)
    {
        var attempt = attempts[n] = attempts.GetValueOrDefault(n) + 1;
        pools[n] = rank;
        return Then(new InstanceMigrationStarted(A.Id, phaseOf[n], A.Instance(n), attempt, A.Pool(n, rank), A.SpotHourlyUsd(n, rank), ClientToken.For(A.Id, A.Instance(n), attempt, A.Pool(n, rank)), Now));
    }

    public Past Launched(int n) => Then(new ReplacementLaunched(A.Id, phaseOf[n], A.Instance(n), attempts[n], A.Replacement(n, attempts[n]), Now));

    public Past LaunchFailed(int n, bool launched = false) => Then(new LaunchFailed(A.Id, phaseOf[n], A.Instance(n), attempts[n], A.Pool(n, pools[n]),
        launched ? A.Replacement(n, attempts[n]) : null, launched ? "not_healthy" : "InsufficientInstanceCapacity", "no capacity", Now));

    public Past Migrated(int n) => Then(new InstanceMigrated(A.Id, phaseOf[n], A.Instance(n), attempts[n], A.Replacement(n, attempts[n]), A.Pool(n, pools[n]), A.SpotHourlyUsd(n, pools[n]), Now));

    /// <summary>Each starts, launches and takes the traffic at a first attempt, one after the other.</summary>
    public Past Moved(params IEnumerable<int> numbers)
    {
        foreach (var n in numbers)
            Started(n).Launched(n).Migrated(n);
        return this;
    }

    public Past MoveFailed(int n) => Then(new InstanceMigrationFailed(A.Id, phaseOf[n], A.Instance(n), "no pool has capacity", Now));

    public Past Interrupted(int n) => Then(new InstanceInterrupted(A.Id, phaseOf[n], A.Instance(n), A.Replacement(n, attempts[n]), A.Pool(n, pools[n]), Now.AddMinutes(2), "state-change notice", Now));

    public Past ReturnedToOnDemand(int n) => Then(new InstanceReturnedToOnDemand(A.Id, phaseOf[n], A.Instance(n), "no other pool has capacity", Now));

    public Past PhaseCompleted(int moved, int failed = 0)
    {
        WindowEndsAt = Now + Policy.MonitoringWindows[phase - 1];
        return Then(new PhaseCompleted(A.Id, phase, (int)(Policy.PhaseFractions[phase - 1] * 100), moved, failed, (decimal)moved / (moved + failed), WindowEndsAt, Now));
    }

    public Past WindowOpened(params int[] numbers) => Then(new QualityWindowOpened(A.Id, phase, [.. numbers.Select(n => A.Snapshot(A.Replacement(n), Now))], [], Now));

    /// <summary>The window runs to its end, then the measurement is asked for.</summary>
    public Past CheckRequested()
    {
        Now = WindowEndsAt;
        return Then(new QualityCheckRequested(A.Id, phase, ++check, Now));
    }

    public Past Measured(QualityVerdict verdict = QualityVerdict.Healthy) => Then(new QualityMeasured(A.Id, phase, check, [], [],
        new QualityComparison(verdict, verdict is QualityVerdict.NotEnoughData ? null : 0.01, null, null, null, null, null, 0, 0, [], "told, not computed"), Now));

    public Past Extended()
    {
        WindowEndsAt = Now + Policy.MonitoringWindows[phase - 1];
        return Then(new MonitoringExtended(A.Id, phase, "too few requests", WindowEndsAt, Now));
    }

    public Past Paused() => Then(new RolloutPaused(A.Id, phase, "not enough data", Now));

    public Past Resumed(bool accepted)
    {
        WindowEndsAt = Now + Policy.MonitoringWindows[phase - 1];
        return Then(new RolloutResumed(A.Id, phase, "pat", accepted, WindowEndsAt, Now));
    }

    public Past CancellationRequested() => Then(new CancellationRequested(A.Id, "pat", "changed my mind", Now));

    public Past RollbackStarted(RollbackTrigger trigger, params int[] numbers) => Then(new RollbackStarted(A.Id, trigger, $"because of {trigger}", A.Instances(numbers), Now));

    public Past RolledBack(params int[] numbers)
    {
        foreach (var n in numbers)
            Then(new InstanceRolledBack(A.Id, A.Instance(n), [A.Replacement(n)], A.Instance(n), Now));
        return this;
    }

    public Past RetirementStarted(params int[] numbers) => Then(new RetirementStarted(A.Id, A.Instances(numbers), Now));

    public Past Retired(params int[] numbers)
    {
        foreach (var n in numbers)
            Then(new InstanceRetired(A.Id, A.Instance(n), A.Replacement(n, attempts[n]), A.OnDemandHourlyUsd(n), A.SpotHourlyUsd(n, pools[n]), Now));
        return this;
    }

    public Past Completed() => Then(new MigrationCompleted(A.Id, phaseOf.Count, Plan.PromisedSavingMonthlyUsd, 1m, Now));

    public Past Failed() => Then(new MigrationFailed(A.Id, "it could not", Now));

    public Past RolledBackForGood() => Then(new MigrationRolledBack(A.Id, "worse", true, [], Now));

    public Past Cancelled() => Then(new MigrationCancelled(A.Id, "pat", "changed my mind", true, [], Now));

    public Past Rejected() => Then(new CustomerRejected(A.Id, "chris", "not this week", Now)).Failed();

    public Past Expired()
    {
        Now = ApprovalExpiresAt;
        return Then(new ApprovalExpired(A.Id, ApprovalExpiresAt, Now)).Failed();
    }

    public Past Later(TimeSpan by)
    {
        Now += by;
        return this;
    }

    public Past Then(object @event)
    {
        events.Add(@event);
        Now = Now.AddSeconds(1);
        return this;
    }
}
