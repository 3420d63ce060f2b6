using System.Runtime.CompilerServices;
using OptiInfra.Aws.EC2.Model;

namespace OptiInfra.Aws.EC2;

/// <summary>Reads page after page, asking for the next one only when it is wanted.</summary>
public static class Ec2Paging
{
    /// <summary>Every instance that the request asks for, whatever reservation it belongs to.</summary>
    public static IAsyncEnumerable<Instance> EnumerateInstancesAsync(
        this IAmazonEC2 ec2, DescribeInstancesRequest request, CancellationToken cancellationToken = default) =>
        ItemsAsync<DescribeInstancesRequest, DescribeInstancesResponse, Instance>(
            request, ec2.DescribeInstancesAsync, page => page.Reservations.SelectMany(r => r.Instances), cancellationToken);

    public static IAsyncEnumerable<InstanceStatus> EnumerateInstanceStatusesAsync(
        this IAmazonEC2 ec2, DescribeInstanceStatusRequest request, CancellationToken cancellationToken = default) =>
        ItemsAsync<DescribeInstanceStatusRequest, DescribeInstanceStatusResponse, InstanceStatus>(
            request, ec2.DescribeInstanceStatusAsync, page => page.InstanceStatuses, cancellationToken);

    public static IAsyncEnumerable<InstanceTypeInfo> EnumerateInstanceTypesAsync(
        this IAmazonEC2 ec2, DescribeInstanceTypesRequest request, CancellationToken cancellationToken = default) =>
        ItemsAsync<DescribeInstanceTypesRequest, DescribeInstanceTypesResponse, InstanceTypeInfo>(
            request, ec2.DescribeInstanceTypesAsync, page => page.InstanceTypes, cancellationToken);

    /// <summary>In no order to rely on: sort by timestamp.</summary>
    public static IAsyncEnumerable<SpotPrice> EnumerateSpotPricesAsync(
        this IAmazonEC2 ec2, DescribeSpotPriceHistoryRequest request, CancellationToken cancellationToken = default) =>
        ItemsAsync<DescribeSpotPriceHistoryRequest, DescribeSpotPriceHistoryResponse, SpotPrice>(
            request, ec2.DescribeSpotPriceHistoryAsync, page => page.SpotPriceHistory, cancellationToken);

    public static IAsyncEnumerable<SpotPlacementScore> EnumerateSpotPlacementScoresAsync(
        this IAmazonEC2 ec2, GetSpotPlacementScoresRequest request, CancellationToken cancellationToken = default) =>
        ItemsAsync<GetSpotPlacementScoresRequest, GetSpotPlacementScoresResponse, SpotPlacementScore>(
            request, ec2.GetSpotPlacementScoresAsync, page => page.SpotPlacementScores, cancellationToken);

    private static async IAsyncEnumerable<TItem> ItemsAsync<TRequest, TResponse, TItem>(
        TRequest request,
        Func<TRequest, CancellationToken, Task<TResponse>> call,
        Func<TResponse, IEnumerable<TItem>> items,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : IPagedRequest<TRequest>
        where TResponse : IPagedResponse
    {
        await foreach (var page in Paging.PagesAsync(request, call, cancellationToken))
            foreach (var item in items(page))
                yield return item;
    }
}
