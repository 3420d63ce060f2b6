using Amazon.Runtime;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.EC2.Model;

/// <summary>
/// Which instances to show. Eventually consistent: an instance just launched may be NotFound, a terminated one stays for about an hour.
/// </summary>
public sealed class DescribeInstancesRequest : PagedRequest<DescribeInstancesRequest>
{
    /// <summary>Cannot be combined with <see cref="MaxResults"/>.</summary>
    [Wire("InstanceId")]
    public IReadOnlyList<string> InstanceIds { get; init; } = [];

    [Wire("Filter")]
    public IReadOnlyList<Filter> Filters { get; init; } = [];

    /// <summary>5 to 1000 instances per page.</summary>
    public int? MaxResults { get; init; }

    public bool? DryRun { get; init; }
}

public sealed class DescribeInstancesResponse : AmazonWebServiceResponse, IPagedResponse
{
    /// <inheritdoc/>
    public string? NextToken { get; init; }

    [Wire("reservationSet")]
    public IReadOnlyList<Reservation> Reservations { get; init; } = [];
}

/// <summary>Whose health checks to show; without ids or <see cref="IncludeAllInstances"/>, those of running instances.</summary>
public sealed class DescribeInstanceStatusRequest : PagedRequest<DescribeInstanceStatusRequest>
{
    /// <summary>At most 100; cannot be combined with <see cref="MaxResults"/>.</summary>
    [Wire("InstanceId")]
    public IReadOnlyList<string> InstanceIds { get; init; } = [];

    [Wire("Filter")]
    public IReadOnlyList<Filter> Filters { get; init; } = [];

    /// <summary>5 to 1000 instances per page.</summary>
    public int? MaxResults { get; init; }

    public bool? IncludeAllInstances { get; init; }
    public bool? DryRun { get; init; }
}

public sealed class DescribeInstanceStatusResponse : AmazonWebServiceResponse, IPagedResponse
{
    /// <inheritdoc/>
    public string? NextToken { get; init; }

    [Wire("instanceStatusSet")]
    public IReadOnlyList<InstanceStatus> InstanceStatuses { get; init; } = [];
}

/// <summary>An instance's state, health checks and scheduled events.</summary>
public sealed record InstanceStatus
{
    public string InstanceId { get; init; } = "";
    public string? AvailabilityZone { get; init; }
    public string? AvailabilityZoneId { get; init; }
    public InstanceState? InstanceState { get; init; }

    /// <summary>The check of the instance itself.</summary>
    [Wire("instanceStatus", Name = "InstanceStatus")]
    public InstanceStatusSummary? Status { get; init; }

    /// <summary>The check of the host below it.</summary>
    public InstanceStatusSummary? SystemStatus { get; init; }

    [Wire("eventsSet")]
    public IReadOnlyList<InstanceStatusEvent> Events { get; init; } = [];
}

public sealed record InstanceStatusSummary
{
    /// <summary>See <see cref="SummaryStatus"/>.</summary>
    public string? Status { get; init; }

    public IReadOnlyList<InstanceStatusDetails> Details { get; init; } = [];
}

public sealed record InstanceStatusDetails
{
    /// <summary>"reachability".</summary>
    public string? Name { get; init; }

    /// <summary>"passed", "failed", "insufficient-data" or "initializing".</summary>
    public string? Status { get; init; }

    public DateTime? ImpairedSince { get; init; }
}

/// <summary>A scheduled event, for example a retirement.</summary>
public sealed record InstanceStatusEvent
{
    public string? InstanceEventId { get; init; }
    public string? Code { get; init; }
    public string? Description { get; init; }
    public DateTime? NotBefore { get; init; }
    public DateTime? NotAfter { get; init; }
    public DateTime? NotBeforeDeadline { get; init; }
}
