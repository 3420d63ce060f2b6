using System.Runtime.CompilerServices;
using OptiInfra.Aws.EC2.Model;

namespace OptiInfra.Aws.EC2;

/// <summary>Reads page after page, asking for the next one only when it is wanted.</summary>
public static class Ec2Paging
{
    /// <summary>Every instance that the request asks for, whatever reservation it belongs to.</summary>
    public static IAsyncEnumerable<Instance> EnumerateInstancesAsync(
        this IAmazonEC2 ec2, DescribeInstancesRequest request, CancellationToken cancellationToken = default) =>
        PagesAsync<DescribeInstancesRequest, DescribeInstancesResponse, Instance>(
            request, ec2.DescribeInstancesAsync, page => page.Reservations.SelectMany(r => r.Instances), cancellationToken);

    public static IAsyncEnumerable<InstanceStatus> EnumerateInstanceStatusesAsync(
        this IAmazonEC2 ec2, DescribeInstanceStatusRequest request, CancellationToken cancellationToken = default) =>
        PagesAsync<DescribeInstanceStatusRequest, DescribeInstanceStatusResponse, InstanceStatus>(
            request, ec2.DescribeInstanceStatusAsync, page => page.InstanceStatuses, cancellationToken);

    public static IAsyncEnumerable<InstanceTypeInfo> EnumerateInstanceTypesAsync(
        this IAmazonEC2 ec2, DescribeInstanceTypesRequest request, CancellationToken cancellationToken = default) =>
        PagesAsync<DescribeInstanceTypesRequest, DescribeInstanceTypesResponse, InstanceTypeInfo>(
            request, ec2.DescribeInstanceTypesAsync, page => page.InstanceTypes, cancellationToken);

    /// <summary>In no order to rely on: sort by timestamp.</summary>
    public static IAsyncEnumerable<SpotPrice> EnumerateSpotPricesAsync(
        this IAmazonEC2 ec2, DescribeSpotPriceHistoryRequest request, CancellationToken cancellationToken = default) =>
        PagesAsync<DescribeSpotPriceHistoryRequest, DescribeSpotPriceHistoryResponse, SpotPrice>(
            request, ec2.DescribeSpotPriceHistoryAsync, page => page.SpotPriceHistory, cancellationToken);

    public static IAsyncEnumerable<SpotPlacementScore> EnumerateSpotPlacementScoresAsync(
        this IAmazonEC2 ec2, GetSpotPlacementScoresRequest request, CancellationToken cancellationToken = default) =>
        PagesAsync<GetSpotPlacementScoresRequest, GetSpotPlacementScoresResponse, SpotPlacementScore>(
            request, ec2.GetSpotPlacementScoresAsync, page => page.SpotPlacementScores, cancellationToken);

    private static async IAsyncEnumerable<TItem> PagesAsync<TRequest, TResponse, TItem>(
        TRequest request,
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        Func<TResponse, IEnumerable<TItem>> items,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : IPagedRequest<TRequest>
        where TResponse : IPagedResponse
    {
        while (true)
        {
            var page = await call(request, cancellationToken);
            foreach (var item in items(page))
                yield return item;
            // the last page's token is absent from some operations' answers and empty in others'
            if (string.IsNullOrEmpty(page.NextToken))
                yield break;
            request = request.WithNextToken(page.NextToken);
        }
    }
}
