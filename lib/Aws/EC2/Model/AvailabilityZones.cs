using Amazon.Runtime;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.EC2.Model;

public sealed class DescribeAvailabilityZonesRequest : AmazonWebServiceRequest
{
    [Wire("ZoneName")]
    public IReadOnlyList<string> ZoneNames { get; init; } = [];

    [Wire("ZoneId")]
    public IReadOnlyList<string> ZoneIds { get; init; } = [];

    [Wire("Filter")]
    public IReadOnlyList<Filter> Filters { get; init; } = [];

    /// <summary>Also those that the account has not opted into.</summary>
    public bool? AllAvailabilityZones { get; init; }

    public bool? DryRun { get; init; }
}

public sealed class DescribeAvailabilityZonesResponse : AmazonWebServiceResponse
{
    [Wire("availabilityZoneInfo")]
    public IReadOnlyList<AvailabilityZone> AvailabilityZones { get; init; } = [];
}

public sealed record AvailabilityZone
{
    /// <summary>For example us-east-1a; another zone in another account.</summary>
    public string? ZoneName { get; init; }

    /// <summary>For example use1-az4; the same zone in all accounts.</summary>
    public string? ZoneId { get; init; }

    public string? RegionName { get; init; }

    /// <summary>See <see cref="AvailabilityZoneState"/>.</summary>
    [Wire("zoneState")]
    public string? State { get; init; }

    public string? GroupName { get; init; }
    public string? NetworkBorderGroup { get; init; }

    /// <summary>"availability-zone", "local-zone" or "wavelength-zone".</summary>
    public string? ZoneType { get; init; }

    public string? OptInStatus { get; init; }

    [Wire("messageSet")]
    public IReadOnlyList<AvailabilityZoneMessage> Messages { get; init; } = [];
}

public sealed record AvailabilityZoneMessage
{
    public string? Message { get; init; }
}
