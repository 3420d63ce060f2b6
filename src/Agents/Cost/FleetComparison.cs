using OptiInfra.Contracts;

namespace OptiInfra.Agents.Cost;

/// <summary>Whether a fleet is as it was.</summary>
public static class FleetComparison
{
    /// <summary>Each way in which the fleet differs from before, in words; none is the proof that it does not.</summary>
    /// <param name="left">What the migration launched and is still alive.</param>
    public static IEnumerable<string> Differences(IEnumerable<FleetInstance> before, IReadOnlyDictionary<string, FleetInstance> now, IEnumerable<FleetInstance> left)
    {
        foreach (var was in before)
        {
            if (!now.TryGetValue(was.InstanceId, out var instance))
                yield return $"{was.InstanceId} is gone";
            else if (instance.State != was.State)
                yield return $"{was.InstanceId} was {was.State} and is {instance.State}";
            else if (instance.InstanceType != was.InstanceType || instance.AvailabilityZone != was.AvailabilityZone || instance.CapacityType != was.CapacityType)
                yield return $"{was.InstanceId} was {was.CapacityType} {was.InstanceType} in {was.AvailabilityZone} and is {instance.CapacityType} {instance.InstanceType} in {instance.AvailabilityZone}";
            else if (Serves(instance) != Serves(was))
                yield return $"{was.InstanceId} {(Serves(was) ? "served and does not any more" : "did not serve and does now")}";
        }

        foreach (var instance in left.OrderBy(i => i.InstanceId, StringComparer.Ordinal))
            yield return $"{instance.InstanceId}, launched by the migration, is still {instance.State}";
    }

    static bool Serves(FleetInstance instance) => instance.Tag(FleetTags.Serving) is not "false";
}
