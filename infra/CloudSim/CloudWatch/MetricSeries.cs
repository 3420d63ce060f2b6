using OptiInfra.CloudSim.Draws;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Workloads;

namespace OptiInfra.CloudSim.CloudWatch;

/// <summary>What CloudWatch would know of an instance: a value for every minute in which it ran.</summary>
public static class MetricSeries
{
    /// <summary>CPU use of a machine that gets no requests, percent.</summary>
    private const double IdlePercent = 1.5;

    private const double BytesInPerRequest = 6_000;
    private const double BytesOutPerRequest = 24_000;

    /// <summary>The value at the minute, or null where there is none: unknown metric, or the instance was not running.</summary>
    public static double? ValueAt(long seed, Instance instance, string metricNamespace, string metric, DateTimeOffset minute)
    {
        if (minute < instance.CreatedAt || instance.StateAt(minute) is not InstanceState.Running)
        {
            return null;
        }

        return (metricNamespace, metric) switch
        {
            ("AWS/EC2", "CPUUtilization") => Use(instance, minute, instance.Workload.CpuP95 * instance.Workload.VCpus / instance.Type.VCpus),
            ("AWS/EC2", "NetworkIn") => Requests(instance, minute) * BytesInPerRequest,
            ("AWS/EC2", "NetworkOut") => Requests(instance, minute) * BytesOutPerRequest,
            ("AWS/EC2", "StatusCheckFailed") => instance.NeverHealthy ? 1 : 0,
            ("CWAgent", "mem_used_percent") => Memory(seed, instance, minute),
            ("CWAgent", "nvidia_smi_utilization_gpu") when instance.Type.Gpus > 0 => Use(instance, minute, Math.Min(100, instance.Workload.CpuP95 * 1.3)),
            ("CWAgent", "nvidia_smi_utilization_memory") when instance.Type.Gpus > 0 => Use(instance, minute, instance.Workload.CpuP95 * 0.8),
            ("CWAgent", "nvidia_smi_memory_used") when instance.Type.Gpus > 0 =>
                // a model server claims its share of the memory at start and keeps it
                Math.Round(instance.Type.GpuMemoryMib / (double)instance.Type.Gpus * 0.9),
            _ => null,
        };
    }

    private static double Use(Instance instance, DateTimeOffset minute, double p95)
    {
        var share = instance.Group.ShareOf(instance, minute);
        var use = share * p95 * instance.Group.Shape.Use(minute);
        return Math.Clamp(Math.Max(IdlePercent, use), 0, 100);
    }

    private static double? Memory(long seed, Instance instance, DateTimeOffset minute)
    {
        if (instance.Workload.MemoryP95 is not { } p95)
        {
            return null;
        }

        var scaled = p95 * instance.Workload.MemoryMib / instance.Type.MemoryMib;
        return Math.Clamp(scaled * (0.96 + (0.04 * Draw.Smooth(seed, "memory", instance.Id, minute, TimeSpan.FromHours(6)))), 0, 100);
    }

    private static double Requests(Instance instance, DateTimeOffset minute) =>
        60 * instance.Group.ShareOf(instance, minute) * instance.Workload.RequestsPerSecond * instance.Group.Shape.Rate(minute);
}
