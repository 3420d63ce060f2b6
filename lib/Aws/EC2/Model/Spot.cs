using Amazon.Runtime;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.EC2.Model;

/// <summary>
/// Spot prices are change points, not samples, over at most 90 days; the answer also has the last change before
/// <see cref="StartTime"/>, so that StartTime = now asks for the current prices.
/// </summary>
public sealed class DescribeSpotPriceHistoryRequest : PagedRequest<DescribeSpotPriceHistoryRequest>
{
    public DateTime? StartTime { get; init; }
    public DateTime? EndTime { get; init; }

    [Wire("InstanceType")]
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    /// <summary>See <see cref="RIProductDescription"/>; ask for Linux/UNIX and its VPC twin.</summary>
    [Wire("ProductDescription")]
    public IReadOnlyList<string> ProductDescriptions { get; init; } = [];

    [Wire("Filter")]
    public IReadOnlyList<Filter> Filters { get; init; } = [];

    public string? AvailabilityZone { get; init; }
    public string? AvailabilityZoneId { get; init; }

    /// <summary>At most 1000 per page.</summary>
    public int? MaxResults { get; init; }

    public bool? DryRun { get; init; }
}

public sealed class DescribeSpotPriceHistoryResponse : AmazonWebServiceResponse, IPagedResponse
{
    /// <inheritdoc/>
    public string? NextToken { get; init; }

    /// <summary>In no order to rely on: sort by <see cref="SpotPrice.Timestamp"/>.</summary>
    [Wire("spotPriceHistorySet")]
    public IReadOnlyList<SpotPrice> SpotPriceHistory { get; init; } = [];
}

/// <summary>From <see cref="Timestamp"/> on, an instance of the type in the zone costs <see cref="Price"/>.</summary>
public sealed record SpotPrice
{
    public string InstanceType { get; init; } = "";
    public string? AvailabilityZone { get; init; }
    public string? AvailabilityZoneId { get; init; }
    public string? ProductDescription { get; init; }

    /// <summary>USD per hour as AWS writes it, for example "0.087600".</summary>
    [Wire("spotPrice", Name = "SpotPrice")]
    public string Price { get; init; } = "";

    public DateTime? Timestamp { get; init; }
}

/// <summary>How likely a spot request for this capacity is to succeed now; says nothing of later interruptions.</summary>
public sealed class GetSpotPlacementScoresRequest : PagedRequest<GetSpotPlacementScoresRequest>
{
    /// <summary>Fewer than three score low.</summary>
    [Wire("InstanceType")]
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    /// <summary>In units of <see cref="TargetCapacityUnitType"/>; required.</summary>
    public int? TargetCapacity { get; init; }

    /// <summary>See <see cref="Model.TargetCapacityUnitType"/>; units where null.</summary>
    public string? TargetCapacityUnitType { get; init; }

    /// <summary>Scores each zone rather than each region.</summary>
    public bool? SingleAvailabilityZone { get; init; }

    [Wire("RegionName")]
    public IReadOnlyList<string> RegionNames { get; init; } = [];

    /// <summary>10 to 1000 per page.</summary>
    public int? MaxResults { get; init; }

    public bool? DryRun { get; init; }
}

public sealed class GetSpotPlacementScoresResponse : AmazonWebServiceResponse, IPagedResponse
{
    /// <inheritdoc/>
    public string? NextToken { get; init; }

    [Wire("spotPlacementScoreSet")]
    public IReadOnlyList<SpotPlacementScore> SpotPlacementScores { get; init; } = [];
}

public sealed record SpotPlacementScore
{
    public string? Region { get; init; }

    /// <summary>Null where regions were scored.</summary>
    public string? AvailabilityZoneId { get; init; }

    /// <summary>1 to 10; 10 is likely to succeed.</summary>
    public int? Score { get; init; }
}
