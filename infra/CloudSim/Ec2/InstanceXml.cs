using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

/// <summary>How an instance and its reservation look on the wire.</summary>
public static class InstanceXml
{
    public static void WriteReservation(this ResponseXml xml, IReadOnlyList<Instance> instances, DateTimeOffset now)
    {
        xml.Value("reservationId", instances[0].ReservationId)
            .Value("ownerId", instances[0].OwnerId)
            .List<SecurityGroup>("groupSet", [], _ => { })
            .List("instancesSet", instances, instance => xml.WriteInstance(instance, now));
    }

    private static void WriteInstance(this ResponseXml xml, Instance instance, DateTimeOffset now)
    {
        var current = instance.States.At(now);
        var gone = current.State is InstanceState.Terminated;
        xml.Value("instanceId", instance.Id)
            .Value("imageId", instance.ImageId)
            .Structure("instanceState", () => xml.WriteState(current.State))
            .Value("privateDnsName", gone ? string.Empty : "ip-" + instance.PrivateIpAddress.Replace('.', '-') + ".ec2.internal")
            .Value("dnsName", string.Empty)
            .Value("reason", current.Reason is { Code: not "pending" } reason ? reason.Message : string.Empty)
            .Optional("keyName", instance.KeyName)
            .Value("amiLaunchIndex", instance.LaunchIndex)
            .Values("productCodes", [])
            .Value("instanceType", instance.Type.Name)
            .Value("launchTime", instance.LaunchTime)
            .Structure("placement", () => xml
                .Value("availabilityZone", instance.Zone)
                .Value("groupName", string.Empty)
                .Value("tenancy", instance.Tenancy))
            .Structure("monitoring", () => xml.Value("state", "disabled"));
        if (!gone)
        {
            xml.Value("subnetId", instance.SubnetId)
                .Value("vpcId", instance.VpcId)
                .Value("privateIpAddress", instance.PrivateIpAddress)
                .Optional("ipAddress", instance.PublicIpAddress);
        }

        xml.Value("sourceDestCheck", true)
            .List("groupSet", instance.SecurityGroups, group => xml.Value("groupId", group.Id).Value("groupName", group.Name));
        if (current.Reason is not null)
        {
            xml.Structure("stateReason", () => xml.Value("code", current.Reason.Code).Value("message", current.Reason.Message));
        }

        xml.Value("architecture", instance.Type.Architecture)
            .Value("rootDeviceType", "ebs")
            .Value("rootDeviceName", "/dev/xvda")
            .Values("blockDeviceMapping", [])
            .Value("virtualizationType", "hvm");
        if (instance.Spot)
        {
            xml.Value("instanceLifecycle", "spot").Optional("spotInstanceRequestId", instance.SpotRequestId);
        }

        xml.Value("clientToken", instance.ClientToken ?? string.Empty);
        if (instance.Tags.Current.Count > 0)
        {
            xml.List("tagSet", instance.Tags.Current, tag => xml.Value("key", tag.Key).Value("value", tag.Value));
        }

        xml.Value("hypervisor", "xen").Value("ebsOptimized", false).Value("enaSupport", true);
    }

    public static void WriteState(this ResponseXml xml, InstanceState state) =>
        xml.Value("code", (int)state).Value("name", state.ToWire());

    /// <summary>The answer of Terminate-, Stop- and StartInstances.</summary>
    public static void WriteStateChanges(this ResponseXml xml, IEnumerable<Cloud.StateChange> changes) =>
        xml.List("instancesSet", changes, change => xml
            .Value("instanceId", change.Instance.Id)
            .Structure("currentState", () => xml.WriteState(change.After))
            .Structure("previousState", () => xml.WriteState(change.Before)));
}
