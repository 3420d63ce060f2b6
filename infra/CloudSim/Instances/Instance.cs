using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Workloads;

namespace OptiInfra.CloudSim.Instances;

/// <summary>A two-minute notice: given at one instant, carried out at another.</summary>
public sealed record InterruptionNotice(DateTimeOffset GivenAt, DateTimeOffset TerminatesAt);

/// <summary>One virtual machine. Only <see cref="Cloud"/> changes it, under its lock.</summary>
public sealed class Instance
{
    public required string Id { get; init; }

    /// <summary>The instance's place in the order of arrival; pages follow it.</summary>
    public required int Ordinal { get; init; }

    public required InstanceType Type { get; init; }

    public required string Zone { get; init; }

    public required bool Spot { get; init; }

    public required string ReservationId { get; init; }

    public required string OwnerId { get; init; }

    public required string ImageId { get; init; }

    public required string SubnetId { get; init; }

    public required string VpcId { get; init; }

    public required string PrivateIpAddress { get; init; }

    public string? PublicIpAddress { get; init; }

    public string? KeyName { get; init; }

    public string? ClientToken { get; init; }

    public string? SpotRequestId { get; init; }

    public int LaunchIndex { get; init; }

    public string Tenancy { get; init; } = "default";

    public IReadOnlyList<SecurityGroup> SecurityGroups { get; init; } = [];

    /// <summary>When the instance was first made; unlike <see cref="LaunchTime"/> it never changes.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>EC2's launchTime: set anew whenever the instance is started.</summary>
    public required DateTimeOffset LaunchTime { get; set; }

    public TagSet Tags { get; } = new();

    public StateTimeline States { get; } = new();

    public InterruptionNotice? Notice { get; set; }

    /// <summary>When EC2 recommended to move away, ahead of a possible interruption.</summary>
    public DateTimeOffset? RebalanceAt { get; set; }

    /// <summary>Its processes get no chance to end by themselves: it is taken away without notice.</summary>
    public bool PowerCut { get; set; }

    /// <summary>Until then its processes go on as if nobody had asked it to shut down.</summary>
    public DateTimeOffset DeafUntil { get; set; }

    /// <summary>How long the application needs after the machine runs before it answers.</summary>
    public TimeSpan Warmup { get; set; }

    /// <summary>Null where the application never comes up.</summary>
    public bool NeverHealthy { get; set; }

    /// <summary>From when the instance shows up in Describe calls.</summary>
    public DateTimeOffset VisibleFrom { get; init; }

    /// <summary>The workload and all that share it: this instance, those that it replaces and those that replace it.</summary>
    public required WorkloadGroup Group { get; set; }

    public Workload Workload => Group.Workload;

    public RequestCounters? Counters { get; set; }

    public InstanceState StateAt(DateTimeOffset instant) => States.At(instant).State;

    /// <summary>The application on the machine answers: it runs and has warmed up.</summary>
    public bool HealthyAt(DateTimeOffset instant)
    {
        var current = States.At(instant);
        return current.State == InstanceState.Running && !NeverHealthy && instant >= current.At + Warmup;
    }

    /// <summary>The load balancer sends it requests: healthy, and not taken out by the tag optiinfra:serving.</summary>
    public bool ServingAt(DateTimeOffset instant) =>
        instant >= CreatedAt && HealthyAt(instant) && Tags.ValueAt(WellKnownTags.Serving, instant) is null or "true";

    /// <summary>True while AWS would still list it: until an hour after it was terminated.</summary>
    public bool ListedAt(DateTimeOffset instant) =>
        instant >= VisibleFrom && (States.TerminatedAt() is not { } terminated || instant < terminated + TimeSpan.FromHours(1));
}

public sealed record SecurityGroup(string Id, string Name);

public static class WellKnownTags
{
    /// <summary>absent or "true": the load balancer sends requests.</summary>
    public const string Serving = "optiinfra:serving";

    /// <summary>The id of the instance whose workload this one takes over.</summary>
    public const string Replaces = "optiinfra:replaces";
}
