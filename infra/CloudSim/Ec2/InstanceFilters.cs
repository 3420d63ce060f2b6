using System.Globalization;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>What the filters of DescribeInstances look at.</summary>
public static class InstanceFilters
{
    /// <summary>The values of an instance under a filter's name, or null where this cloud does not know the filter.</summary>
    public static IEnumerable<string?>? ValuesOf(Instance instance, string filter, DateTimeOffset now) => filter switch
    {
        "instance-id" => One(instance.Id),
        "instance-type" => One(instance.Type.Name),
        "instance-state-name" => One(instance.StateAt(now).ToWire()),
        "instance-state-code" => One(((int)instance.StateAt(now)).ToString(CultureInfo.InvariantCulture)),
        // an on-demand instance has no lifecycle on the wire, but the filter knows the word scheduled and spot only
        "instance-lifecycle" => One(instance.Spot ? "spot" : null),
        "availability-zone" or "placement.availability-zone" => One(instance.Zone),
        "client-token" => One(instance.ClientToken),
        "image-id" => One(instance.ImageId),
        "key-name" => One(instance.KeyName),
        "subnet-id" or "network-interface.subnet-id" => One(instance.SubnetId),
        "vpc-id" or "network-interface.vpc-id" => One(instance.VpcId),
        "private-ip-address" => One(instance.PrivateIpAddress),
        "ip-address" => One(instance.PublicIpAddress),
        "architecture" => One(instance.Type.Architecture),
        "tenancy" => One(instance.Tenancy),
        "spot-instance-request-id" => One(instance.SpotRequestId),
        "reservation-id" => One(instance.ReservationId),
        "owner-id" => One(instance.OwnerId),
        "launch-time" => One(instance.LaunchTime.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
        "launch-index" => One(instance.LaunchIndex.ToString(CultureInfo.InvariantCulture)),
        "instance.group-id" or "group-id" => Many(instance.SecurityGroups.Select(group => group.Id)),
        "instance.group-name" or "group-name" => Many(instance.SecurityGroups.Select(group => group.Name)),
        "state-reason-code" => One(instance.States.At(now).Reason?.Code),
        "tag-key" => Many(instance.Tags.Current.Keys),
        "tag-value" => Many(instance.Tags.Current.Values),
        _ when filter.StartsWith("tag:", StringComparison.Ordinal) => One(instance.Tags[filter[4..]]),
        _ => null,
    };

    private static IEnumerable<string?> One(string? value) => [value];

    private static IEnumerable<string?> Many(IEnumerable<string?> values) => values;
}
