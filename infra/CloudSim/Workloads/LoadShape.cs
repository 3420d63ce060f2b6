using System.Collections.Concurrent;
using OptiInfra.CloudSim.Draws;

namespace OptiInfra.CloudSim.Workloads;

/// <summary>How a workload's load moves with time, relative to its mean.</summary>
public sealed class LoadShape(long seed, string key, WorkloadPattern pattern)
{
    private const double BurstFactor = 2.2;
    private static readonly TimeSpan BurstCell = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan BurstLength = TimeSpan.FromMinutes(5);
    private static readonly ConcurrentDictionary<WorkloadPattern, double> P95s = new();

    private readonly DrawSource _drift = new(seed, "load", key);
    private readonly DrawSource _use = new(seed, "use", key);
    private readonly DrawSource _burst = new(seed, "burst", key);
    private readonly DrawSource _burstStart = new(seed, "burst-start", key);
    private readonly double _phase = Draw.Uniform(seed, "phase", key);

    /// <summary>The arrival rate at the instant over the mean arrival rate; about 1 on average, never below 0.5.</summary>
    public double Rate(DateTimeOffset at) => pattern switch
    {
        WorkloadPattern.Stable => 1 + (0.04 * _drift.Smooth(at, TimeSpan.FromMinutes(10))),
        WorkloadPattern.Variable => 1
            + (0.28 * Math.Sin(2 * Math.PI * (at.TimeOfDay.TotalDays + _phase)))
            + (0.09 * _drift.Smooth(at, TimeSpan.FromMinutes(20))),
        WorkloadPattern.Burst => 0.85
            * (InBurst(at) ? BurstFactor : 1)
            * (1 + (0.04 * _drift.Smooth(at, TimeSpan.FromMinutes(10)))),
        _ => throw new InvalidOperationException($"No shape is known for the pattern {pattern}."),
    };

    /// <summary>Use of the machine at the instant over its 95th percentile.</summary>
    public double Use(DateTimeOffset at) => RawUse(at) / P95s.GetOrAdd(pattern, MeasureP95);

    private double RawUse(DateTimeOffset at) => Rate(at) * (0.94 + (0.12 * _use.Uniform(at.ToUnixTimeSeconds() / 60)));

    private bool InBurst(DateTimeOffset at)
    {
        var cell = at.ToUnixTimeMilliseconds() / (long)BurstCell.TotalMilliseconds;
        if (_burst.Uniform(cell) > 0.75)
        {
            return false;
        }

        var into = TimeSpan.FromMilliseconds(at.ToUnixTimeMilliseconds() % (long)BurstCell.TotalMilliseconds);
        var start = (BurstCell - BurstLength) * _burstStart.Uniform(cell);
        return into >= start && into < start + BurstLength;
    }

    private static double MeasureP95(WorkloadPattern pattern)
    {
        // one reference for every seed, so that a workload's stated p95 means one thing
        var reference = new LoadShape(0, "reference", pattern);
        var begin = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var samples = new double[14 * 24 * 12];
        for (var index = 0; index < samples.Length; index++)
        {
            var sum = 0.0;
            for (var minute = 0; minute < 5; minute++)
            {
                sum += reference.RawUse(begin.AddMinutes((index * 5) + minute));
            }

            samples[index] = sum / 5;
        }

        Array.Sort(samples);
        return samples[(int)(samples.Length * 0.95)];
    }
}
