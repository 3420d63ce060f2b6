using OptiInfra.Aws.CloudWatch.Model;

namespace OptiInfra.Aws.CloudWatch;

/// <summary>Reads series that are spread over pages.</summary>
public static class CloudWatchPaging
{
    /// <summary>All pages, each series put together by its id; the status is that of its last part.</summary>
    /// <remarks>A series without data is there with no values: no data is not zero.</remarks>
    public static async Task<IReadOnlyDictionary<string, MetricDataResult>> ReadMetricDataAsync(
        this IAmazonCloudWatch cloudWatch, GetMetricDataRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cloudWatch);
        var series = new Dictionary<string, MetricDataResult>(StringComparer.Ordinal);
        await foreach (var page in Paging.PagesAsync<GetMetricDataRequest, GetMetricDataResponse>(
            request, cloudWatch.GetMetricDataAsync, cancellationToken))
        {
            foreach (var part in page.MetricDataResults)
            {
                series[part.Id] = series.TryGetValue(part.Id, out var before)
                    ? part with
                    {
                        Timestamps = [.. before.Timestamps, .. part.Timestamps],
                        Values = [.. before.Values, .. part.Values],
                        Messages = [.. before.Messages, .. part.Messages],
                    }
                    : part;
            }
        }

        return series;
    }
}
