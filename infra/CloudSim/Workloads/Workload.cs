using System.Globalization;
using OptiInfra.CloudSim.Catalogue;

namespace OptiInfra.CloudSim.Workloads;

public enum WorkloadPattern
{
    Stable,
    Variable,
    Burst,
}

/// <summary>What an instance does all day: how many requests, how fast, how much of the machine they take.</summary>
/// <param name="Key">Names the workload; an instance and its replacements share one.</param>
/// <param name="RequestsPerSecond">Mean arrival rate.</param>
/// <param name="P95Seconds">95th percentile of request latency when nothing is wrong.</param>
/// <param name="CpuP95">95th percentile of CPU use, percent.</param>
/// <param name="MemoryP95">95th percentile of memory use, percent; null where no agent reports it.</param>
/// <param name="ErrorRate">Fraction of requests that fail when nothing is wrong.</param>
/// <param name="VCpus">Of the machine for which the CPU figure holds.</param>
/// <param name="MemoryMib">Of the machine for which the memory figure holds.</param>
public sealed record Workload(
    string Key,
    WorkloadPattern Pattern,
    double RequestsPerSecond,
    double P95Seconds,
    double CpuP95,
    double? MemoryP95,
    double ErrorRate,
    int VCpus,
    int MemoryMib)
{
    /// <summary>Reads the cloudsim:* tags; what is absent takes the default of its kind of instance. Throws <see cref="FormatException"/> naming a tag that makes no sense.</summary>
    public static Workload FromTags(string key, InstanceType type, IReadOnlyDictionary<string, string> tags)
    {
        var pattern = tags.GetValueOrDefault("cloudsim:pattern") switch
        {
            null or "stable" => WorkloadPattern.Stable,
            "variable" => WorkloadPattern.Variable,
            "burst" => WorkloadPattern.Burst,
            var other => throw new FormatException($"tag cloudsim:pattern is '{other}'; it must be stable, variable or burst"),
        };
        return new Workload(
            key,
            pattern,
            Number(tags, "cloudsim:rps", type.Accelerated ? 17 : 20, 0, 10_000),
            Number(tags, "cloudsim:p95-ms", type.Accelerated ? 2_400 : 180, 1, 600_000) / 1000,
            Number(tags, "cloudsim:cpu-p95", 45, 0, 100),
            string.Equals(tags.GetValueOrDefault("cloudsim:mem-p95"), "none", StringComparison.Ordinal)
                ? null
                : Number(tags, "cloudsim:mem-p95", 50, 0, 100),
            Number(tags, "cloudsim:error-rate", 0.005, 0, 1),
            type.VCpus,
            type.MemoryMib);
    }

    /// <summary>The spread of the logarithm of latency: a steady service is tighter than one that comes in bursts.</summary>
    public double LatencySigma => Pattern switch
    {
        WorkloadPattern.Stable => 0.30,
        WorkloadPattern.Variable => 0.36,
        WorkloadPattern.Burst => 0.42,
        _ => throw new InvalidOperationException($"No spread is known for the pattern {Pattern}."),
    };

    private static double Number(IReadOnlyDictionary<string, string> tags, string tag, double otherwise, double least, double most)
    {
        if (!tags.TryGetValue(tag, out var text))
        {
            return otherwise;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"tag {tag} is '{text}'; it must be a number from {least} to {most}"));
    }
}
