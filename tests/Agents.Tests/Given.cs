using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests;

/// <summary>A small world: four instance types, two zones, one workload that may move.</summary>
static class Given
{
    public static DateTimeOffset Now { get; } = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    public static MigrationPolicy Policy { get; } = new();

    public static IReadOnlyList<InstanceTypeFacts> Types { get; } =
    [
        new("m5.xlarge", "x86_64", 4, 16 * 1024, 0, false),
        new("m5.2xlarge", "x86_64", 8, 32 * 1024, 0, false),
        new("m6g.xlarge", "arm64", 4, 16 * 1024, 0, false),
        new("t3.xlarge", "x86_64", 4, 16 * 1024, 0, true),
    ];

    public static IReadOnlyDictionary<string, decimal> OnDemand { get; } = new Dictionary<string, decimal>
    {
        ["m5.xlarge"] = 0.192m,
        ["m5.2xlarge"] = 0.384m,
        ["m6g.xlarge"] = 0.154m,
        ["t3.xlarge"] = 0.1664m,
    };

    public static IReadOnlyDictionary<string, string> Stateless { get; } = new Dictionary<string, string> { [FleetTags.Workload] = "stateless" };

    public static UtilisationHistory Use(double p95 = 0.5, int hours = 168, double? mean = null, double? peak = null, double variation = 0.1) =>
        new(hours, mean ?? p95 * 0.9, p95, peak ?? p95 * 1.1, variation);

    public static FleetInstance Instance(string id = "i-1", string type = "m5.xlarge", string zone = "us-east-1a", IReadOnlyDictionary<string, string>? tags = null) =>
        new(id, type, zone, CapacityType.OnDemand, "running", "ami-1", $"subnet-{zone}", "10.0.0.1", Now.AddDays(-40), tags ?? Stateless);

    public static ObservedInstance Observed(FleetInstance? instance = null) => new(instance ?? Instance(), Use(), Use());

    public static CapacityPool Pool(string type = "m5.xlarge", string zone = "us-east-1a") => new(CapacityType.Spot, type, zone);

    public static SpotPriceHistory Spot(decimal mean, CapacityPool? pool = null, decimal? current = null, decimal? highest = null) =>
        new(pool ?? Pool(), current ?? mean, mean, highest ?? mean, 5);

    public static FleetObservation Observation(
        IEnumerable<ObservedInstance> instances, IEnumerable<SpotPriceHistory> spot, IReadOnlyDictionary<string, int>? bands = null) =>
        new(Now, "us-east-1", [.. instances], Types, [.. spot], OnDemand, bands ?? new Dictionary<string, int> { ["m5.xlarge"] = 0, ["m5.2xlarge"] = 0 });

    public static CandidatePool Candidate(CapacityPool? pool = null, decimal mean = 0.07m, decimal? current = null, int? band = 0, decimal saving = 80m) =>
        new(pool ?? Pool(), mean, current ?? mean, band, Risk.Low, 1m, saving);

    public static PlannedMove Move(string id = "i-1", params CandidatePool[] candidates)
    {
        CandidatePool[] all = candidates is [] ? [Candidate()] : candidates;
        return new PlannedMove(id, "m5.xlarge", "us-east-1a", "search", 0.192m, all, all[0].NetSavingMonthlyUsd);
    }

    public static MigrationPlan Plan(params PlannedMove[] moves) => new(moves, moves.Sum(m => m.ExpectedSavingMonthlyUsd));
}
