using System.Collections.Concurrent;
using OptiInfra.CloudSim.Draws;

namespace OptiInfra.CloudSim.Workloads;

/// <summary>How a workload's load moves with time, relative to its mean.</summary>
public static class LoadShape
{
    private const double BurstFactor = 2.2;
    private static readonly TimeSpan BurstCell = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan BurstLength = TimeSpan.FromMinutes(5);
    private static readonly ConcurrentDictionary<WorkloadPattern, double> P95s = new();

    /// <summary>The arrival rate at the instant over the mean arrival rate; about 1 on average, never below 0.5.</summary>
    public static double Rate(long seed, string key, WorkloadPattern pattern, DateTimeOffset at) => pattern switch
    {
        WorkloadPattern.Stable => 1 + (0.04 * Draw.Smooth(seed, "load", key, at, TimeSpan.FromMinutes(10))),
        WorkloadPattern.Variable => 1
            + (0.28 * Math.Sin(2 * Math.PI * (at.TimeOfDay.TotalDays + Draw.Uniform(seed, "phase", key))))
            + (0.09 * Draw.Smooth(seed, "load", key, at, TimeSpan.FromMinutes(20))),
        WorkloadPattern.Burst => 0.85
            * (InBurst(seed, key, at) ? BurstFactor : 1)
            * (1 + (0.04 * Draw.Smooth(seed, "load", key, at, TimeSpan.FromMinutes(10)))),
        _ => throw new ArgumentOutOfRangeException(nameof(pattern)),
    };

    /// <summary>Use of the machine at the instant over its 95th percentile.</summary>
    public static double Use(long seed, string key, WorkloadPattern pattern, DateTimeOffset at) =>
        RawUse(seed, key, pattern, at) / P95s.GetOrAdd(pattern, MeasureP95);

    private static double RawUse(long seed, string key, WorkloadPattern pattern, DateTimeOffset at) =>
        Rate(seed, key, pattern, at)
        * (0.94 + (0.12 * Draw.Uniform(seed, "use", key, at.ToUnixTimeSeconds() / 60)));

    private static bool InBurst(long seed, string key, DateTimeOffset at)
    {
        var cell = at.ToUnixTimeMilliseconds() / (long)BurstCell.TotalMilliseconds;
        if (Draw.Uniform(seed, "burst", key, cell) > 0.75)
        {
            return false;
        }

        var into = TimeSpan.FromMilliseconds(at.ToUnixTimeMilliseconds() % (long)BurstCell.TotalMilliseconds);
        var start = (BurstCell - BurstLength) * Draw.Uniform(seed, "burst-start", key, cell);
        return into >= start && into < start + BurstLength;
    }

    private static double MeasureP95(WorkloadPattern pattern)
    {
        // the same for every seed, so that a workload's stated p95 means one thing
        var begin = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var samples = new double[14 * 24 * 12];
        for (var index = 0; index < samples.Length; index++)
        {
            var sum = 0.0;
            for (var minute = 0; minute < 5; minute++)
            {
                sum += RawUse(0, "reference", pattern, begin.AddMinutes((index * 5) + minute));
            }

            samples[index] = sum / 5;
        }

        Array.Sort(samples);
        return samples[(int)(samples.Length * 0.95)];
    }
}
