using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.EC2.Model;

/// <summary>An instance as DescribeInstances and RunInstances show it. Times are UTC.</summary>
public sealed record Instance
{
    public string InstanceId { get; init; } = "";
    public string? ImageId { get; init; }

    /// <summary>For example m5.xlarge.</summary>
    public string InstanceType { get; init; } = "";

    [Wire("instanceState")]
    public InstanceState? State { get; init; }

    /// <summary>When it last started: it changes with each stop and start.</summary>
    public DateTime? LaunchTime { get; init; }

    public Placement? Placement { get; init; }

    /// <summary><see cref="InstanceLifecycleType.Spot"/> for spot; null for on-demand.</summary>
    public string? InstanceLifecycle { get; init; }

    public string? SpotInstanceRequestId { get; init; }

    /// <summary>See <see cref="ArchitectureValues"/>.</summary>
    public string? Architecture { get; init; }

    /// <summary>"Windows" or null.</summary>
    public string? Platform { get; init; }

    /// <summary>The billing name of the platform, for example "Linux/UNIX".</summary>
    public string? PlatformDetails { get; init; }

    public string? ClientToken { get; init; }

    [Wire("tagSet")]
    public IReadOnlyList<Tag> Tags { get; init; } = [];

    public string? SubnetId { get; init; }
    public string? VpcId { get; init; }

    [Wire("groupSet")]
    public IReadOnlyList<GroupIdentifier> SecurityGroups { get; init; } = [];

    public string? KeyName { get; init; }
    public IamInstanceProfile? IamInstanceProfile { get; init; }
    public string? PrivateIpAddress { get; init; }
    public string? PrivateDnsName { get; init; }

    [Wire("ipAddress")]
    public string? PublicIpAddress { get; init; }

    [Wire("dnsName")]
    public string? PublicDnsName { get; init; }

    public bool? EbsOptimized { get; init; }
    public string? RootDeviceName { get; init; }

    /// <summary>"ebs" or "instance-store".</summary>
    public string? RootDeviceType { get; init; }

    [Wire("blockDeviceMapping")]
    public IReadOnlyList<InstanceBlockDeviceMapping> BlockDeviceMappings { get; init; } = [];

    public Monitoring? Monitoring { get; init; }
    public CpuOptions? CpuOptions { get; init; }
    public string? VirtualizationType { get; init; }
    public string? Hypervisor { get; init; }
    public int? AmiLaunchIndex { get; init; }
    public StateReason? StateReason { get; init; }

    /// <summary>Why the state changed, as text with a date.</summary>
    [Wire("reason")]
    public string? StateTransitionReason { get; init; }

    /// <summary>The on-demand capacity reservation that the instance runs in.</summary>
    public string? CapacityReservationId { get; init; }

    /// <summary>The value of the tag, or null.</summary>
    public string? TagValue(string key) => Tags.FirstOrDefault(t => string.Equals(t.Key, key, StringComparison.Ordinal))?.Value;
}

/// <param name="Code">0 pending, 16 running, 32 shutting-down, 48 terminated, 64 stopping, 80 stopped, in the low byte</param>
/// <param name="Name">see <see cref="InstanceStateName"/></param>
public sealed record InstanceState(int? Code, string? Name)
{
    public InstanceState()
        : this(null, null)
    {
    }
}

/// <summary>Why an instance is in its state, for example Server.SpotInstanceTermination.</summary>
public sealed record StateReason
{
    public string? Code { get; init; }
    public string? Message { get; init; }
}

/// <summary>Where an instance is, or shall be.</summary>
public sealed record Placement
{
    /// <summary>For example us-east-1a. The same name is another zone in another account.</summary>
    public string? AvailabilityZone { get; init; }

    /// <summary>For example use1-az4, the same for all accounts.</summary>
    public string? AvailabilityZoneId { get; init; }

    public string? GroupName { get; init; }
    public string? GroupId { get; init; }
    public int? PartitionNumber { get; init; }

    /// <summary>"default", "dedicated" or "host".</summary>
    public string? Tenancy { get; init; }

    public string? HostId { get; init; }
    public string? Affinity { get; init; }
}

public sealed record Tag(string Key, string? Value)
{
    public Tag()
        : this("", null)
    {
    }
}

public sealed record GroupIdentifier
{
    public string? GroupId { get; init; }
    public string? GroupName { get; init; }
}

public sealed record IamInstanceProfile
{
    public string? Arn { get; init; }
    public string? Id { get; init; }
}

public sealed record Monitoring
{
    /// <summary>"disabled", "disabling", "enabled" or "pending".</summary>
    public string? State { get; init; }
}

public sealed record CpuOptions
{
    public int? CoreCount { get; init; }
    public int? ThreadsPerCore { get; init; }
}

public sealed record InstanceBlockDeviceMapping
{
    public string? DeviceName { get; init; }
    public EbsInstanceBlockDevice? Ebs { get; init; }
}

public sealed record EbsInstanceBlockDevice
{
    public string? VolumeId { get; init; }
    public string? Status { get; init; }
    public bool? DeleteOnTermination { get; init; }
    public DateTime? AttachTime { get; init; }
}

/// <summary>Instances that were launched by one request.</summary>
public sealed record Reservation
{
    public string? ReservationId { get; init; }
    public string? OwnerId { get; init; }
    public string? RequesterId { get; init; }

    [Wire("groupSet")]
    public IReadOnlyList<GroupIdentifier> Groups { get; init; } = [];

    [Wire("instancesSet")]
    public IReadOnlyList<Instance> Instances { get; init; } = [];
}

/// <summary>A condition on what is described: values are alternatives, filters must all hold; case-sensitive, with * and ?.</summary>
public sealed record Filter(string Name, [property: Wire("Value")] IReadOnlyList<string> Values)
{
    public Filter()
        : this("", [])
    {
    }

    /// <summary>The instances that the launch with this token made.</summary>
    public static Filter ClientToken(string token) => new("client-token", [token]);

    /// <summary>The instances in one of these states, see <see cref="InstanceStateName"/>.</summary>
    public static Filter InState(params IReadOnlyList<string> states) => new("instance-state-name", states);

    public static Filter ByTag(string key, params IReadOnlyList<string> values) => new($"tag:{key}", values);
}
