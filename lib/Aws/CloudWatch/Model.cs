using Amazon.Runtime;

namespace OptiInfra.Aws.CloudWatch.Model;

/// <summary>Up to 500 series over one span of time.</summary>
public sealed class GetMetricDataRequest : PagedRequest<GetMetricDataRequest>
{
    public IReadOnlyList<MetricDataQuery> MetricDataQueries { get; init; } = [];

    /// <summary>Inclusive; CloudWatch rounds it down to the period's grid.</summary>
    public DateTime? StartTime { get; init; }

    /// <summary>Exclusive.</summary>
    public DateTime? EndTime { get; init; }

    /// <summary>See <see cref="Model.ScanBy"/>; newest first where null.</summary>
    public string? ScanBy { get; init; }

    /// <summary>At most 100,800 in one page, all series together.</summary>
    public int? MaxDatapoints { get; init; }
}

public static class ScanBy
{
    public const string TimestampDescending = "TimestampDescending";
    public const string TimestampAscending = "TimestampAscending";
}

/// <summary>One series: a statistic of a metric, or an expression over other series.</summary>
public sealed record MetricDataQuery
{
    /// <summary>Starts with a lowercase letter; unique in the request.</summary>
    public string Id { get; init; } = "";

    /// <summary>Either this or <see cref="Expression"/>.</summary>
    public MetricStat? MetricStat { get; init; }

    public string? Expression { get; init; }
    public string? Label { get; init; }

    /// <summary>False for a series that only serves an expression.</summary>
    public bool? ReturnData { get; init; }

    /// <summary>Seconds, for an expression; a metric's period is in <see cref="MetricStat"/>.</summary>
    public int? Period { get; init; }
}

public sealed record MetricStat
{
    public Metric? Metric { get; init; }

    /// <summary>Seconds: 60 or a multiple of it, less only for high-resolution metrics.</summary>
    public int? Period { get; init; }

    /// <summary>For example Average, Maximum, SampleCount or p95.</summary>
    public string? Stat { get; init; }

    public string? Unit { get; init; }
}

public sealed record Metric
{
    /// <summary>For example AWS/EC2, or CWAgent for memory and GPU.</summary>
    public string? Namespace { get; init; }

    public string? MetricName { get; init; }
    public IReadOnlyList<Dimension> Dimensions { get; init; } = [];
}

public sealed record Dimension(string Name, string Value)
{
    public Dimension()
        : this("", "")
    {
    }
}

public sealed class GetMetricDataResponse : AmazonWebServiceResponse, IPagedResponse
{
    /// <summary>A series may be spread over several pages.</summary>
    public IReadOnlyList<MetricDataResult> MetricDataResults { get; init; } = [];

    /// <inheritdoc/>
    public string? NextToken { get; init; }

    /// <summary>What is wrong with the request as a whole.</summary>
    public IReadOnlyList<MessageData> Messages { get; init; } = [];
}

/// <summary>A series, or the part of it that fits a page.</summary>
public sealed record MetricDataResult
{
    public string Id { get; init; } = "";
    public string? Label { get; init; }

    /// <summary>UTC; one per value.</summary>
    public IReadOnlyList<DateTime> Timestamps { get; init; } = [];

    public IReadOnlyList<double> Values { get; init; } = [];

    /// <summary>See <see cref="Model.StatusCode"/>.</summary>
    public string? StatusCode { get; init; }

    public IReadOnlyList<MessageData> Messages { get; init; } = [];
}

public static class StatusCode
{
    public const string Complete = "Complete";
    public const string PartialData = "PartialData";
    public const string InternalError = "InternalError";
    public const string Forbidden = "Forbidden";
}

public sealed record MessageData
{
    public string? Code { get; init; }
    public string? Value { get; init; }
}
