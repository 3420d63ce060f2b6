using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Workloads;

/// <summary>A workload and the instances that carry it, one and its replacements: whoever of them is serving shares the requests evenly.</summary>
public sealed class WorkloadGroup(long seed, Workload workload)
{
    private readonly List<(Instance Instance, DateTimeOffset Since)> _members = [];

    public Workload Workload { get; } = workload;

    public LoadShape Shape { get; } = new(seed, workload.Key, workload.Pattern);

    public void Join(Instance instance, DateTimeOffset since) => _members.Add((instance, since));

    /// <summary>The fraction of the workload that goes to the instance: 0 while it is not serving, else one over the number that are.</summary>
    public double ShareOf(Instance instance, DateTimeOffset instant)
    {
        if (!instance.ServingAt(instant))
        {
            return 0;
        }

        var serving = 0;
        foreach (var (member, since) in _members)
        {
            if (since <= instant && (ReferenceEquals(member, instance) || member.ServingAt(instant)))
            {
                serving++;
            }
        }

        return serving == 0 ? 0 : 1.0 / serving;
    }
}
