using OptiInfra.CloudSim.Draws;
using OptiInfra.CloudSim.Faults;

namespace OptiInfra.CloudSim.Instances;

/// <summary>Stopping, starting, terminating, and being interrupted.</summary>
public sealed partial class Cloud
{
    private static readonly TimeSpan ShuttingDownFor = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan StoppingFor = TimeSpan.FromSeconds(20);
    private static readonly StateReason UserInitiated = new("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown");
    private static readonly StateReason SpotTermination = new("Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination");

    /// <summary>What a state-changing call says of one instance.</summary>
    public sealed record StateChange(Instance Instance, InstanceState Before, InstanceState After);

    /// <summary>
    /// Terminates; asking again changes nothing. As EC2 does, instances in the zone of one that may not be terminated are all spared,
    /// those of other zones go, and the call is refused.
    /// </summary>
    public IReadOnlyList<StateChange> Terminate(IReadOnlyList<Instance> instances, DateTimeOffset now)
    {
        Instance? refused = null;
        var sparedZones = new HashSet<string>(StringComparer.Ordinal);
        foreach (var instance in instances)
        {
            if (instance.StateAt(now) is not (InstanceState.ShuttingDown or InstanceState.Terminated)
                && Faults.Hit<RefuseTerminationFault>(now, (fault, from) => fault.Instances.Matches(instance, from, now)) is not null)
            {
                refused ??= instance;
                sparedZones.Add(instance.Zone);
            }
        }

        var changes = new List<StateChange>();
        foreach (var instance in instances)
        {
            if (sparedZones.Contains(instance.Zone))
            {
                continue;
            }

            var before = instance.StateAt(now);
            if (before is not (InstanceState.ShuttingDown or InstanceState.Terminated))
            {
                instance.States.Enter(now, InstanceState.ShuttingDown, UserInitiated);
                var slow = Faults.Hit<SlowTerminationFault>(now, (fault, from) => fault.Instances.Matches(instance, from, now));
                instance.DeafUntil = now + TimeSpan.FromSeconds(slow?.Seconds ?? 0);
                instance.States.Enter(instance.DeafUntil + ShuttingDownFor, InstanceState.Terminated, UserInitiated);
            }

            changes.Add(new StateChange(instance, before, instance.StateAt(now)));
        }

        return refused is null
            ? changes
            : throw CloudRefusalException.Invalid("OperationNotPermitted", $"The instance '{refused.Id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.");
    }

    public static IReadOnlyList<StateChange> Stop(IReadOnlyList<Instance> instances, DateTimeOffset now)
    {
        foreach (var instance in instances)
        {
            if (instance.StateAt(now) is not (InstanceState.Running or InstanceState.Pending or InstanceState.Stopping or InstanceState.Stopped))
            {
                throw CloudRefusalException.Invalid("IncorrectInstanceState", $"This instance '{instance.Id}' is not in a state from which it can be stopped.");
            }

            if (instance.Spot)
            {
                throw CloudRefusalException.Invalid("UnsupportedOperation", $"You can't stop the Spot Instance '{instance.Id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.");
            }
        }

        return
        [
            .. instances.Select(instance =>
            {
                var before = instance.StateAt(now);
                if (before is InstanceState.Running or InstanceState.Pending)
                {
                    instance.States.Enter(now, InstanceState.Stopping, UserInitiated);
                    instance.States.Enter(now + StoppingFor, InstanceState.Stopped, UserInitiated);
                }

                return new StateChange(instance, before, instance.StateAt(now));
            }),
        ];
    }

    public IReadOnlyList<StateChange> StartAgain(IReadOnlyList<Instance> instances, DateTimeOffset now)
    {
        foreach (var instance in instances)
        {
            if (instance.StateAt(now) is not (InstanceState.Stopped or InstanceState.Running or InstanceState.Pending))
            {
                throw CloudRefusalException.Invalid("IncorrectInstanceState", $"The instance '{instance.Id}' is not in a state from which it can be started.");
            }
        }

        return
        [
            .. instances.Select(instance =>
            {
                var before = instance.StateAt(now);
                if (before is InstanceState.Stopped)
                {
                    instance.LaunchTime = now;
                    instance.Warmup = TimeSpan.FromSeconds(Scenario.WarmupSeconds);
                    instance.States.Enter(now, InstanceState.Pending, new StateReason("pending", "pending"));
                    instance.States.Enter(now + TimeSpan.FromSeconds(Scenario.BootSeconds), InstanceState.Running);
                }

                return new StateChange(instance, before, instance.StateAt(now));
            }),
        ];
    }

    /// <summary>Everything planned that is due by the instant happens, each at its own time.</summary>
    private void HappenUpTo(DateTimeOffset now)
    {
        while (Faults.NextHappening(now) is { Fault: Happening fault } placed)
        {
            foreach (var instance in fault.Instances.InstanceIds is { } ids ? ids.Select(id => _byId.GetValueOrDefault(id)) : _all)
            {
                if (instance is not null && fault.Instances.Matches(instance, placed.From, placed.From))
                {
                    Happen(fault, instance, placed.From);
                }
            }
        }
    }

    private void Happen(Happening fault, Instance instance, DateTimeOffset at)
    {
        switch (fault)
        {
            case InterruptionFault interruption:
                Interrupt(instance, at, TimeSpan.FromSeconds(interruption.NoticeSeconds));
                break;
            case RebalanceFault when instance.Spot && instance.CreatedAt <= at:
                instance.RebalanceAt ??= at;
                break;
            case SignalFault signal:
                Machines.Find(instance.Id)?.Signal(signal.Signal);
                break;
            default:
                break;
        }
    }

    private static void Interrupt(Instance instance, DateTimeOffset at, TimeSpan notice)
    {
        var state = instance.CreatedAt <= at ? instance.StateAt(at) : InstanceState.Terminated;
        if (!instance.Spot || instance.Notice is not null || state is not (InstanceState.Pending or InstanceState.Running))
        {
            return;
        }

        instance.Notice = new InterruptionNotice(at, at + notice);
        instance.PowerCut = notice == TimeSpan.Zero;
        instance.States.Enter(at + notice, InstanceState.ShuttingDown, SpotTermination);
        instance.States.Enter(at + notice + ShuttingDownFor, InstanceState.Terminated, SpotTermination);
    }

    /// <summary>Interruptions come at a constant hazard, so the time to the first is exponential.</summary>
    private void PlanRandomInterruption(Instance instance, DateTimeOffset from)
    {
        if (!instance.Spot || Scenario.RandomInterruptions is not { PerInstanceHour: > 0 } random)
        {
            return;
        }

        var hours = -Math.Log(1 - Draw.Uniform(Seed, "interruption", instance.Id)) / random.PerInstanceHour;
        Faults.Place(
            new InterruptionFault { Instances = new InstanceSelector([instance.Id]), NoticeSeconds = random.NoticeSeconds, AfterSeconds = Math.Min(hours, 1_000_000) * 3600 },
            from);
    }
}
