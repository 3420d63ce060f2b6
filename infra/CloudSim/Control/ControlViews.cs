using OptiInfra.CloudSim.Faults;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Control;

/// <param name="Now">The cloud's time.</param>
/// <param name="Wall">The wall's time at the same moment.</param>
public sealed record ClockView(DateTimeOffset Now, DateTimeOffset Wall, DateTimeOffset Origin, double Speed, double OffsetSeconds);

/// <param name="State">EC2's word.</param>
/// <param name="TrafficShare">The fraction of its workload that it gets now.</param>
/// <param name="MachineRuns">Whether the supervisor of its processes lives; null for an instance without user data.</param>
/// <param name="NoticeEndsAt">When an interruption notice takes it away.</param>
public sealed record InstanceView(
    string Id,
    string InstanceType,
    string AvailabilityZone,
    string Lifecycle,
    string State,
    bool Healthy,
    double TrafficShare,
    string Workload,
    DateTimeOffset LaunchTime,
    string? ClientToken,
    string PrivateIpAddress,
    bool? MachineRuns,
    DateTimeOffset? NoticeEndsAt,
    double LatencyFactor,
    double AddedErrorRate)
{
    public static InstanceView Of(Cloud cloud, Instance instance, DateTimeOffset now)
    {
        var harm = cloud.Degradations.On(instance, now);
        return new InstanceView(
            instance.Id,
            instance.Type.Name,
            instance.Zone,
            instance.Spot ? "spot" : "on-demand",
            instance.StateAt(now).ToWire(),
            instance.HealthyAt(now),
            instance.Group.ShareOf(instance, now),
            instance.Workload.Key,
            instance.LaunchTime,
            instance.ClientToken,
            instance.PrivateIpAddress,
            cloud.Machines.Find(instance.Id)?.Runs,
            instance.Notice?.TerminatesAt,
            harm.LatencyFactor,
            harm.AddedErrorRate);
    }
}

public sealed record FaultView(string Id, DateTimeOffset From, DateTimeOffset? Until, int? CallsLeft, bool Holds, Fault Fault)
{
    public static FaultView Of(PlacedFault placed, DateTimeOffset now) =>
        new(placed.Id, placed.From, placed.Until, placed.CallsLeft, placed.HoldsAt(now) && !placed.Done, placed.Fault);
}

public sealed record StateView(
    ClockView Clock,
    long Seed,
    string Region,
    bool Throttling,
    IReadOnlyList<InstanceView> Instances,
    IReadOnlyList<FaultView> Faults,
    IReadOnlyDictionary<string, int> Calls,
    int Launches);

/// <param name="Seconds">Seconds of the cloud's clock, from 0.</param>
public sealed record AdvanceRequest(double Seconds);

public sealed record ThrottlingRequest(bool Enabled);

public sealed record ErrorView(string Error);
