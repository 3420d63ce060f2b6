using Amazon.Runtime;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.EC2.Model;

/// <summary>
/// A launch. The same <see cref="ClientToken"/> with the same parameters launches once; with others it is refused. A token is scoped to
/// the zone where the request names a zone or subnet: in another zone the same token launches a second instance.
/// </summary>
public sealed class RunInstancesRequest : AmazonWebServiceRequest
{
    public string? ImageId { get; init; }
    public string? InstanceType { get; init; }

    /// <summary>Fewer than this many, and nothing is launched.</summary>
    public int? MinCount { get; init; } = 1;

    /// <summary>As many as capacity allows, up to this.</summary>
    public int? MaxCount { get; init; } = 1;

    /// <summary>At most 64 ASCII characters, case-sensitive; filled with a random one where null.</summary>
    [Wire("clientToken", IdempotencyToken = true)]
    public string? ClientToken { get; init; }

    /// <summary>Null launches on demand.</summary>
    public InstanceMarketOptionsRequest? InstanceMarketOptions { get; init; }

    public Placement? Placement { get; init; }
    public string? SubnetId { get; init; }

    [Wire("SecurityGroupId")]
    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];

    public string? KeyName { get; init; }

    /// <summary>In base64.</summary>
    public string? UserData { get; init; }

    public IamInstanceProfileSpecification? IamInstanceProfile { get; init; }

    [Wire("TagSpecification")]
    public IReadOnlyList<TagSpecification> TagSpecifications { get; init; } = [];

    [Wire("BlockDeviceMapping")]
    public IReadOnlyList<BlockDeviceMapping> BlockDeviceMappings { get; init; } = [];

    public bool? EbsOptimized { get; init; }
    public RunInstancesMonitoringEnabled? Monitoring { get; init; }
    public InstanceMetadataOptionsRequest? MetadataOptions { get; init; }
    public LaunchTemplateSpecification? LaunchTemplate { get; init; }
    public CapacityReservationSpecification? CapacityReservationSpecification { get; init; }
    public bool? DisableApiTermination { get; init; }

    /// <summary>See <see cref="ShutdownBehavior"/>.</summary>
    public string? InstanceInitiatedShutdownBehavior { get; init; }

    public string? PrivateIpAddress { get; init; }

    /// <summary>Checks the permission only; the answer is always an error, DryRunOperation where it is granted.</summary>
    public bool? DryRun { get; init; }
}

public sealed class RunInstancesResponse : AmazonWebServiceResponse
{
    [Wire(Document = true)]
    public Reservation Reservation { get; init; } = new();
}

public sealed record InstanceMarketOptionsRequest
{
    /// <summary>See <see cref="EC2.Model.MarketType"/>.</summary>
    public string? MarketType { get; init; }

    public SpotMarketOptions? SpotOptions { get; init; }

    /// <summary>A one-time spot instance, terminated on interruption, at no more than the on-demand price.</summary>
    public static InstanceMarketOptionsRequest OneTimeSpot { get; } = new()
    {
        MarketType = Model.MarketType.Spot,
        SpotOptions = new SpotMarketOptions
        {
            SpotInstanceType = Model.SpotInstanceType.OneTime,
            InstanceInterruptionBehavior = Model.InstanceInterruptionBehavior.Terminate,
        },
    };
}

public sealed record SpotMarketOptions
{
    /// <summary>USD per hour. AWS advises against it: it interrupts more often and saves nothing; null caps at the on-demand price.</summary>
    public string? MaxPrice { get; init; }

    /// <summary>See <see cref="Model.SpotInstanceType"/>.</summary>
    public string? SpotInstanceType { get; init; }

    /// <summary>Only for persistent requests.</summary>
    public DateTime? ValidUntil { get; init; }

    /// <summary>See <see cref="Model.InstanceInterruptionBehavior"/>.</summary>
    public string? InstanceInterruptionBehavior { get; init; }
}

/// <summary>Tags that the launched resources get with their creation.</summary>
/// <param name="ResourceType">see <see cref="Model.ResourceType"/></param>
public sealed record TagSpecification(string ResourceType, [property: Wire("Tag")] IReadOnlyList<Tag> Tags);

/// <summary>The profile's ARN or its name, not both.</summary>
public sealed record IamInstanceProfileSpecification
{
    public string? Arn { get; init; }
    public string? Name { get; init; }
}

public sealed record BlockDeviceMapping
{
    public string? DeviceName { get; init; }
    public string? VirtualName { get; init; }

    /// <summary>An empty string leaves out a device that the image has.</summary>
    public string? NoDevice { get; init; }

    public EbsBlockDevice? Ebs { get; init; }
}

public sealed record EbsBlockDevice
{
    /// <summary>GiB.</summary>
    public int? VolumeSize { get; init; }

    /// <summary>For example gp3.</summary>
    public string? VolumeType { get; init; }

    public int? Iops { get; init; }

    /// <summary>MiB per second.</summary>
    public int? Throughput { get; init; }

    public bool? DeleteOnTermination { get; init; }
    public bool? Encrypted { get; init; }
    public string? KmsKeyId { get; init; }
    public string? SnapshotId { get; init; }
}

/// <param name="Enabled">one-minute metrics rather than five-minute ones</param>
public sealed record RunInstancesMonitoringEnabled(bool? Enabled);

public sealed record InstanceMetadataOptionsRequest
{
    /// <summary>"required" allows only version 2 of the metadata service.</summary>
    public string? HttpTokens { get; init; }

    public int? HttpPutResponseHopLimit { get; init; }

    /// <summary>"enabled" or "disabled".</summary>
    public string? HttpEndpoint { get; init; }

    /// <summary>"enabled" or "disabled".</summary>
    public string? InstanceMetadataTags { get; init; }
}

public sealed record LaunchTemplateSpecification
{
    public string? LaunchTemplateId { get; init; }
    public string? LaunchTemplateName { get; init; }

    /// <summary>A number, $Latest or $Default.</summary>
    public string? Version { get; init; }
}

public sealed record CapacityReservationSpecification
{
    /// <summary>"open", "none" or "capacity-reservations-only".</summary>
    public string? CapacityReservationPreference { get; init; }

    public CapacityReservationTarget? CapacityReservationTarget { get; init; }
}

public sealed record CapacityReservationTarget
{
    public string? CapacityReservationId { get; init; }
    public string? CapacityReservationResourceGroupArn { get; init; }
}
