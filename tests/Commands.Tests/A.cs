using System.Globalization;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests;

/// <summary>Realistic values: a web fleet of several types in three zones, its pools and what it serves.</summary>
public static class A
{
    public static Guid Id { get; } = new("0198c2a4-6f1e-7b3a-9d55-2f0c6b1e8a01");

    /// <summary>The default bounds of Prometheus' client libraries up to 2.5 s.</summary>
    public static IReadOnlyList<double> Bounds { get; } = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

    static readonly (string Type, string Larger, decimal OnDemand)[] Types =
    [
        ("m5.xlarge", "m5.2xlarge", 0.192m), ("c5.2xlarge", "c5.4xlarge", 0.34m), ("r5.large", "r5.xlarge", 0.126m), ("m6i.2xlarge", "m6i.4xlarge", 0.384m), ("g4dn.xlarge", "g4dn.2xlarge", 0.526m),
    ];

    public static string Instance(int n) => string.Create(CultureInfo.InvariantCulture, $"i-0a4c7e19b35d{n:x5}");

    public static string[] Instances(params int[] numbers) => [.. numbers.Select(Instance)];

    public static string[] InstancesFromTo(int first, int last) => [.. Enumerable.Range(first, last - first + 1).Select(Instance)];

    public static string Replacement(int n, int attempt = 1) => string.Create(CultureInfo.InvariantCulture, $"i-0f{attempt:x2}91d24c8ab{n:x6}");

    public static string TypeOf(int n) => Types[n % Types.Length].Type;

    public static string ZoneOf(int n) => "us-east-1" + (char)('a' + (n % 3));

    public static decimal OnDemandHourlyUsd(int n) => Types[n % Types.Length].OnDemand;

    public static FleetInstance FleetInstance(int n) => new(
        Instance(n), TypeOf(n), ZoneOf(n), CapacityType.OnDemand, "running", "ami-0c7217cdde317cfec", "subnet-6e7f829e", string.Create(CultureInfo.InvariantCulture, $"10.0.1.{n % 250}"),
        Spec.Noon.AddDays(-40), new Dictionary<string, string> { [FleetTags.Workload] = "stateless", [FleetTags.Team] = "search", [FleetTags.Name] = string.Create(CultureInfo.InvariantCulture, $"web \"{n}\" – µ") });

    /// <summary>Three pools: the same type in two zones, then the next size in the third.</summary>
    public static IReadOnlyList<CandidatePool> Candidates(int n) =>
    [
        Candidate(n, TypeOf(n), 0, 0.35m),
        Candidate(n, TypeOf(n), 1, 0.40m),
        Candidate(n, Types[n % Types.Length].Larger, 2, 0.62m),
    ];

    /// <summary>The n-th instance's candidate pool by rank, 0 to 2.</summary>
    public static CapacityPool Pool(int n, int rank = 0) => Candidates(n)[rank].Pool;

    public static decimal SpotHourlyUsd(int n, int rank = 0) => Candidates(n)[rank].CurrentHourlyUsd;

    public static Opportunity Opportunity(int n, Risk risk = Risk.Low, decimal? saving = null) => new(
        Instance(n), TypeOf(n), ZoneOf(n), "search", UsagePattern.Stable, OnDemandHourlyUsd(n), Money.MonthlyUsd(OnDemandHourlyUsd(n)),
        Candidates(n)[0], Candidates(n), risk, saving ?? SavingMonthlyUsd(n), "blue_green", 0.9);

    /// <summary>Falls with the number, so that a plan holds the instances in the order of their numbers.</summary>
    public static decimal SavingMonthlyUsd(int n) => 90.25m - (0.5m * n);

    public static InstanceRefusal Refusal(int n, RefusalReason reason = RefusalReason.Protected) => new(Instance(n), TypeOf(n), reason, "tag optiinfra:protected is true");

    public static PlannedMove PlannedMove(int n) => new(Instance(n), TypeOf(n), ZoneOf(n), "search", OnDemandHourlyUsd(n), Candidates(n), SavingMonthlyUsd(n));

    public static MigrationPlan Plan(params IEnumerable<int> numbers)
    {
        var moves = numbers.Select(PlannedMove).ToArray();
        return new MigrationPlan(moves, moves.Sum(m => m.ExpectedSavingMonthlyUsd));
    }

    public static MigrationPlan Plan(int instances) => Plan(Enumerable.Range(1, instances));

    public static FleetObservation Observation(int instances) => new(
        Spec.Noon.AddMinutes(-1), "us-east-1",
        [.. Enumerable.Range(1, instances).Select(n => new ObservedInstance(FleetInstance(n), new UtilisationHistory(168, 0.31, 0.54, 0.71, 0.22), n % 4 == 0 ? null : new UtilisationHistory(168, 0.4, 0.5, 0.6, 0.1)))],
        [new InstanceTypeFacts("m5.xlarge", "x86_64", 4, 16384, 0, false)],
        [new SpotPriceHistory(Pool(1), 0.0672m, 0.0668m, 0.0701m, 14)],
        new Dictionary<string, decimal> { ["r5.large"] = 0.126m, ["m5.xlarge"] = 0.192m, ["c5.2xlarge"] = 0.34m },
        new Dictionary<string, int> { ["r5.large"] = 2, ["m5.xlarge"] = 0 });

    /// <summary>All of <paramref name="instances"/> are opportunities; a further <paramref name="refused"/> are not.</summary>
    public static RecordFleetAnalysis Analysis(int instances, int refused = 0) => new(
        Id, Observation(instances + refused), 1250.5m,
        [.. Enumerable.Range(1, instances).Select(n => Opportunity(n))],
        [.. Enumerable.Range(instances + 1, refused).Select(n => Refusal(n))]);

    public static CastVote Vote(string agent, MigrationPlan plan, bool approved = true, params string[] instanceIds) => new(
        Id, agent, PlanHash.Of(plan), approved, 0.85, instanceIds, approved ? [] : ["p95 memory is 82 % of the target's"], approved ? [] : ["try the next size"],
        new Dictionary<string, string> { ["memory_p95_mib"] = "13107 MiB", ["cpu_p95"] = "54 %", ["b"] = "1", ["aa"] = "2" });

    /// <summary>What an instance served: a p95 of 0.2 s or so, scaled by <paramref name="slower"/> tenths of its requests in higher buckets.</summary>
    public static QualityWindow Window(string instanceId, long requests = 10_000, bool slow = false, long? errors = null) => new(
        instanceId, Spec.Noon, Spec.Noon.AddMinutes(5), Bounds,
        slow ? Share(requests, 0, 0, 0, 5, 15, 40, 30, 9, 1, 0) : Share(requests, 0, 0, 2, 18, 40, 37, 3, 0, 0, 0),
        requests, errors ?? requests / 200);

    /// <summary>Counts that add up: percent of all requests per bucket, the rounding in the first that has any.</summary>
    static long[] Share(long requests, params long[] percents)
    {
        var counts = percents.Select(p => requests * p / 100).ToArray();
        counts[Array.FindIndex(percents, p => p > 0)] += requests - counts.Sum();
        return counts;
    }

    public static QualitySnapshot Snapshot(string instanceId, DateTimeOffset at) => new(instanceId, at, Bounds, [0, 0, 10, 60, 80, 98, 100, 100, 100, 100], 100, 1);

    static CandidatePool Candidate(int n, string type, int zone, decimal share)
    {
        var current = Math.Round(OnDemandHourlyUsd(n) * share, 4);
        return new CandidatePool(
            new CapacityPool(CapacityType.Spot, type, ZoneOf(n + zone)), Math.Round(current * 0.98m, 6), current, zone == 2 ? null : zone, (Risk)Math.Min(zone, 1), 1.50m, Math.Round(Money.MonthlyUsd(OnDemandHourlyUsd(n) - current), 2));
    }
}
