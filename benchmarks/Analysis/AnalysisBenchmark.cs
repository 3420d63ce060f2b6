using System.Diagnostics;
using OptiInfra.Agents.Cost;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Benchmarks.Analysis;

/// <summary>Judging fleets of growing size: time and memory per instance must not grow with the fleet.</summary>
public sealed class AnalysisBenchmark : IBenchmark
{
    const int Rounds = 5;
    static readonly string[] Zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
    static readonly InstanceTypeFacts[] Types =
    [
        .. from family in (string[])["m5", "m5a", "m6i", "m6a", "c5", "c5a", "c6i", "c6a", "r5", "r5a", "r6i"]
           from size in (int[])[1, 2, 4, 8, 16]
           select new InstanceTypeFacts($"{family}.{size}", "x86_64", 2 * size, 2048L * size * (family[0] == 'c' ? 2 : family[0] == 'm' ? 4 : 8), 0, false),
    ];

    public string Name => "analysis";

    public string Description => "analysis of 1,000, 10,000 and 100,000 instances: time and allocated memory per instance, largest beside smallest";

    public Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        var rows = new List<IReadOnlyList<string>>();
        var perInstance = new Dictionary<int, double>();
        var policy = new MigrationPolicy();
        // compiled and warm before the smallest fleet is timed
        for (var warmup = 0; warmup < 30; warmup++)
            CostAssessment.Assess(Fleet(1000), policy);
        foreach (var size in (int[])[1_000, 10_000, 100_000])
        {
            var fleet = Fleet(size);
            var times = new List<double>();
            long allocated = 0, peak = 0;
            var opportunities = 0;
            for (var round = 0; round < Rounds; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                GC.Collect();
                var before = GC.GetTotalMemory(forceFullCollection: true);
                var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
                var started = Stopwatch.GetTimestamp();
                var assessment = CostAssessment.Assess(fleet, policy);
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false) - before);
                opportunities = assessment.Opportunities.Count;
            }

            if (opportunities == 0)
                throw new BenchmarkException("The made-up fleet has no opportunity; nothing worth timing was judged.");
            var median = times.Order().ElementAt(Rounds / 2);
            perInstance[size] = median / size * 1000;
            rows.Add([$"{size}", BenchmarkContext.Figure(median), BenchmarkContext.Figure(perInstance[size]), BenchmarkContext.Figure(allocated / 1048576.0), BenchmarkContext.Figure(peak / 1048576.0), $"{opportunities}"]);
        }

        context.Table(["instances", "ms", "µs per instance", "allocated, MiB", "held at the end, MiB", "opportunities"], rows);
        context.Compare(perInstance[100_000], "µs per instance of 100,000", perInstance[1_000], "µs per instance of 1,000");
        return Task.CompletedTask;
    }

    /// <summary>A made-up fleet: every fourth instance cannot move, use and types vary by index.</summary>
    static FleetObservation Fleet(int size)
    {
        var now = new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
        var instances = Enumerable.Range(0, size).Select(i =>
        {
            var use = 0.2 + (0.4 * (i % 97) / 97);
            return new ObservedInstance(
                new FleetInstance($"i-{i:x17}", Types[i % Types.Length].InstanceType, Zones[i % 3], CapacityType.OnDemand, "running", "ami-1", null, null, now.AddDays(-30),
                    new Dictionary<string, string> { [FleetTags.Workload] = i % 4 == 0 ? "stateful" : "stateless", [FleetTags.Team] = $"team-{i % 20}" }),
                new UtilisationHistory(168, use, use * 1.2, use * 1.4, 0.1 + (0.5 * (i % 13) / 13)),
                new UtilisationHistory(168, 0.5, 0.55, 0.6, 0.05));
        }).ToList();
        var onDemand = Types.ToDictionary(t => t.InstanceType, t => 0.024m * t.VCpus);
        var prices = from type in Types
                     from zone in Zones
                     let usd = onDemand[type.InstanceType] * (0.30m + (0.01m * (((type.InstanceType.Length * 7) + zone[^1]) % 20)))
                     select new SpotPriceHistory(new CapacityPool(CapacityType.Spot, type.InstanceType, zone), usd, usd, usd * 1.1m, 20);
        return new FleetObservation(now, "us-east-1", instances, Types, [.. prices], onDemand, Types.ToDictionary(t => t.InstanceType, t => t.VCpus % 5));
    }
}
