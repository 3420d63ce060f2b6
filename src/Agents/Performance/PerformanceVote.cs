using System.Globalization;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Performance;

/// <summary>Whether each workload has headroom on every machine that it may be moved to.</summary>
public static class PerformanceVote
{
    /// <param name="latencyUnknown">Instances whose latency cannot be read, with why.</param>
    public static Vote Judge(MigrationPlan plan, FleetObservation observation, IReadOnlyList<string> latencyUnknown, MigrationPolicy policy)
    {
        var types = observation.InstanceTypes.ToDictionary(t => t.InstanceType, StringComparer.Ordinal);
        var observed = observation.Instances.ToDictionary(i => i.Instance.InstanceId, StringComparer.Ordinal);
        var concerns = new List<string>(latencyUnknown);
        var rejected = new List<string>();
        double highest = 0;
        var memoryUnknown = 0;
        foreach (var move in plan.Moves)
        {
            var use = observed[move.InstanceId];
            if (use.Memory is null)
                memoryUnknown++;
            var worst = move.Candidates.Select(c => Projected(use, types[move.InstanceType], types[c.Pool.InstanceType], c.Pool.InstanceType)).MaxBy(p => p.Utilisation);
            highest = Math.Max(highest, worst.Utilisation);
            if (worst.Utilisation <= policy.MaxTargetUtilisation)
                continue;
            rejected.Add(move.InstanceId);
            concerns.Add(string.Create(CultureInfo.InvariantCulture, $"{move.InstanceId}: its p95 {worst.Resource} use would be {worst.Utilisation:P0} of {worst.Type}; at most {policy.MaxTargetUtilisation:P0} leave headroom"));
        }

        if (memoryUnknown > 0)
            concerns.Add(string.Create(CultureInfo.InvariantCulture, $"memory use of {memoryUnknown} of {plan.Moves.Count} instances is unknown; their targets have at least as much memory"));
        var recommendations = new List<string>();
        if (memoryUnknown > 0)
            recommendations.Add("Install the CloudWatch agent on these instances, so that memory use is known.");
        if (rejected.Count > 0)
            recommendations.Add("Move these instances to a larger type first.");
        return new Vote(
            rejected.Count == 0,
            plan.Moves.Count == 0 ? 1 : Math.Round(0.95 - (0.25 * memoryUnknown / plan.Moves.Count) - (0.20 * latencyUnknown.Count / plan.Moves.Count), 3),
            rejected.Count == plan.Moves.Count ? [] : rejected,
            concerns,
            recommendations,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["highest_projected_p95_utilisation"] = highest.ToString("0.00", CultureInfo.InvariantCulture),
                ["max_target_utilisation"] = policy.MaxTargetUtilisation.ToString("0.00", CultureInfo.InvariantCulture),
                ["memory_unknown"] = string.Create(CultureInfo.InvariantCulture, $"{memoryUnknown} of {plan.Moves.Count}"),
                ["latency_unknown"] = string.Create(CultureInfo.InvariantCulture, $"{latencyUnknown.Count} of {plan.Moves.Count}"),
            });
    }

    /// <summary>The larger of CPU and memory p95, as a fraction of the target's.</summary>
    static (double Utilisation, string Resource, string Type) Projected(ObservedInstance use, Contracts.InstanceTypeFacts from, Contracts.InstanceTypeFacts to, string type)
    {
        var cpu = use.Cpu!.P95 * from.VCpus / to.VCpus;
        var memory = use.Memory is null ? 0 : use.Memory.P95 * from.MemoryMib / to.MemoryMib;
        return cpu >= memory ? (cpu, "CPU", type) : (memory, "memory", type);
    }
}
