using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Projections.Tests;

/// <summary>
/// A migration told by its commands: the real deciders make the events. Six instances of a fleet of eight can move,
/// five are planned after the resource agent's vote; phases move one, three and five of them.
/// </summary>
sealed class MigrationStory : IStory
{
    public static readonly DateTimeOffset Start = new(2026, 1, 31, 23, 40, 0, TimeSpan.Zero);
    static readonly double[] Bounds = [0.05, 0.1, 0.2, 0.5];

    readonly List<object> events = [];
    readonly List<(ICommand Command, DateTimeOffset At)> commands = [];

    public MigrationStory(Guid? id = null, string customer = "default", DateTimeOffset? start = null)
    {
        Id = id ?? Guid.Parse("0198a000-0000-7000-8000-000000000001");
        Customer = customer;
        Now = start ?? Start;
        // what the log can keep
        Now = new DateTimeOffset(Now.UtcTicks - (Now.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }

    public Guid Id { get; }
    public string Customer { get; }
    public DateTimeOffset Now { get; set; }
    public SpotMigration? State { get; private set; }
    public IReadOnlyList<object> Events => events;
    /// <summary>What made them, and when.</summary>
    public IReadOnlyList<(ICommand Command, DateTimeOffset At)> Commands => commands;

    public static readonly IReadOnlyList<string> Planned = ["i-1", "i-2", "i-3", "i-4", "i-5"];

    public MigrationStory Do(ISpotMigrationCommand command)
    {
        var decision = SpotMigrationDecider.Decide(State, command, Now);
        if (decision is Decision.Refused refused)
            throw new InvalidOperationException($"{command.GetType().Name}: {refused.Reason}");
        commands.Add((command, Now));
        foreach (var e in ((Decision.Accepted)decision).Events)
        {
            events.Add(e);
            State = Folded(State, e);
        }

        Now += TimeSpan.FromSeconds(10);
        return this;
    }

    /// <summary>The aggregate after an event; the same where it pays no attention to it.</summary>
    public static SpotMigration Folded(SpotMigration? state, object e) =>
        e is MigrationRequested requested ? SpotMigration.Create(requested)
        : typeof(SpotMigration).GetMethod("Apply", [e.GetType()]) is { } apply ? (SpotMigration)apply.Invoke(state, [e])!
        : state!;

    public MigrationStory Requested() => Do(new RequestMigration(Id, Customer, "ana", new FleetSelector(), new MigrationPolicy()));

    public MigrationStory Analysed() => Requested().Do(new StartAnalysis(Id)).Do(new RecordFleetAnalysis(
        Id,
        new FleetObservation(Now, "us-east-1", [.. Enumerable.Range(1, 8).Select(Observed)], [], [], new Dictionary<string, decimal>(), new Dictionary<string, int>()),
        1_121.28m,
        [.. Enumerable.Range(1, 6).Select(Opportunity)],
        [
            new InstanceRefusal("i-8", "m5.xlarge", RefusalReason.Protected, "optiinfra:protected is true"),
            new InstanceRefusal("i-7", "t3.large", RefusalReason.BurstableType, "t3.large is burstable"),
        ]));

    public MigrationStory Voted()
    {
        Analysed().Do(new RequestVotes(Id)).Do(new RecordBaseline(Id, [.. Planned.Select(i => Window(i, 1.0))], []));
        foreach (var agent in (string[])[AgentNames.Cost, AgentNames.Performance, AgentNames.Application])
            Do(new CastVote(Id, agent, State!.PlanHash!, true, 0.9, [], [], [], new Dictionary<string, string> { ["moves"] = "6" }));
        Do(new CastVote(Id, AgentNames.Resource, State!.PlanHash!, false, 0.8, ["i-6"], ["placement score 2 of 10"], ["another zone"], new Dictionary<string, string> { ["score"] = "2", ["least"] = "3" }));
        return Do(new CloseVoting(Id));
    }

    public MigrationStory Approved() => Voted().Do(new ApproveMigration(Id, State!.PlanHash!, "ben"));

    public MigrationStory PhaseMoved(int phase)
    {
        Do(new StartPhase(Id, phase));
        foreach (var instance in State!.Moves.Values.Where(m => m.Phase == phase).Select(m => m.InstanceId).Order(StringComparer.Ordinal).ToList())
            Moved(instance);
        return Do(new CompletePhase(Id, phase));
    }

    public MigrationStory Moved(string instance, int attempt = 1)
    {
        var pool = State!.Planned(instance)!.Candidates[attempt - 1];
        return Do(new StartInstanceMigration(Id, instance, attempt, pool.Pool, pool.CurrentHourlyUsd))
            .Do(new RecordReplacementLaunched(Id, instance, attempt, $"{instance}-r{attempt}"))
            .Do(new RecordInstanceMigrated(Id, instance, attempt, $"{instance}-r{attempt}"));
    }

    /// <param name="slowdown">1 as before; above 1 that much slower.</param>
    public MigrationStory Measured(int phase, double slowdown = 1.0, long requests = 100_000)
    {
        Do(new OpenQualityWindow(Id, phase, [], []));
        Now = State!.WindowEndsAt!.Value;
        Do(new RequestQualityCheck(Id, phase));
        var moved = State.Moves.Values.Where(m => m.Status is MoveStatus.Migrated).Select(m => m.Current!.ReplacementId!);
        return Do(new RecordQuality(Id, phase, State.Check, [.. moved.Select(r => Window(r, slowdown, requests))], []));
    }

    public MigrationStory PhasesDone()
    {
        Approved();
        for (var phase = 1; phase <= 3; phase++)
            PhaseMoved(phase).Measured(phase);
        return this;
    }

    public MigrationStory Completed()
    {
        PhasesDone().Do(new StartPhase(Id, 4));
        foreach (var instance in Planned)
            Do(new RecordInstanceRetired(Id, instance, $"{instance}-r1", 0.05m));
        return Do(new CompleteMigration(Id));
    }

    public MigrationStory DegradedInPhase(int degraded)
    {
        Approved();
        for (var phase = 1; phase <= degraded; phase++)
            PhaseMoved(phase).Measured(phase, phase == degraded ? 2.5 : 1.0);
        return this;
    }

    public MigrationStory RolledBack()
    {
        foreach (var instance in State!.RollingBack)
            Do(new RecordInstanceRolledBack(Id, instance, [.. State.Moves[instance].Attempts.Select(a => a.ReplacementId!)], instance));
        return Do(new ConcludeRollback(Id, []));
    }

    static ObservedInstance Observed(int n) => new(
        new FleetInstance($"i-{n}", n == 7 ? "t3.large" : "m5.xlarge", "us-east-1a", CapacityType.OnDemand, "running", null, null, null, Start.AddDays(-30),
            n % 2 == 0 ? new Dictionary<string, string> { [FleetTags.Team] = "search" } : new Dictionary<string, string>()),
        null,
        null);

    static Opportunity Opportunity(int n)
    {
        CandidatePool[] candidates = [.. new[] { "a", "b" }.Select(zone =>
            new CandidatePool(new CapacityPool(CapacityType.Spot, "m5.xlarge", $"us-east-1{zone}"), 0.06m, 0.06m, 1, Risk.Low, 1m, 94.64m))];
        return new Opportunity($"i-{n}", "m5.xlarge", "us-east-1a", n % 2 == 0 ? "search" : null, UsagePattern.Stable, 0.192m, 140.16m, candidates[0], candidates,
            Risk.Low, 94.64m, "blue_green", 0.9);
    }

    static QualityWindow Window(string id, double slowdown, long requests = 100_000)
    {
        // evenly spread up to 0.1 s × slowdown
        var counts = new long[Bounds.Length + 1];
        for (var i = 0; i < counts.Length; i++)
        {
            var from = i == 0 ? 0 : Bounds[i - 1];
            var to = i == Bounds.Length ? double.PositiveInfinity : Bounds[i];
            counts[i] = (long)(requests * (Math.Min(1, to / (0.1 * slowdown)) - Math.Min(1, from / (0.1 * slowdown))));
        }

        return new QualityWindow(id, Start, Start.AddMinutes(5), Bounds, counts, requests, requests / 1000);
    }
}
