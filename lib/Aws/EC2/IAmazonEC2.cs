using OptiInfra.Aws.EC2.Model;

namespace OptiInfra.Aws.EC2;

/// <summary>
/// The calls of EC2 that this library carries, named as in AWSSDK.EC2. Every call throws <see cref="AmazonEC2Exception"/> when EC2 refuses
/// it, <see cref="Amazon.Runtime.AmazonUnmarshallingException"/> when the answer cannot be read,
/// <see cref="HttpRequestException"/> or <see cref="IOException"/> when the network fails, and
/// <see cref="Amazon.Runtime.AmazonClientException"/> when there are no credentials or no region; each after the retries that it is worth.
/// </summary>
public interface IAmazonEC2 : IDisposable
{
    Task<CreateTagsResponse> CreateTagsAsync(CreateTagsRequest request, CancellationToken cancellationToken = default);

    Task<DescribeAvailabilityZonesResponse> DescribeAvailabilityZonesAsync(
        DescribeAvailabilityZonesRequest request, CancellationToken cancellationToken = default);

    Task<DescribeInstancesResponse> DescribeInstancesAsync(DescribeInstancesRequest request, CancellationToken cancellationToken = default);

    Task<DescribeInstanceStatusResponse> DescribeInstanceStatusAsync(
        DescribeInstanceStatusRequest request, CancellationToken cancellationToken = default);

    Task<DescribeInstanceTypesResponse> DescribeInstanceTypesAsync(
        DescribeInstanceTypesRequest request, CancellationToken cancellationToken = default);

    Task<DescribeSpotPriceHistoryResponse> DescribeSpotPriceHistoryAsync(
        DescribeSpotPriceHistoryRequest request, CancellationToken cancellationToken = default);

    Task<GetSpotPlacementScoresResponse> GetSpotPlacementScoresAsync(
        GetSpotPlacementScoresRequest request, CancellationToken cancellationToken = default);

    Task<RunInstancesResponse> RunInstancesAsync(RunInstancesRequest request, CancellationToken cancellationToken = default);

    Task<StartInstancesResponse> StartInstancesAsync(StartInstancesRequest request, CancellationToken cancellationToken = default);

    Task<StopInstancesResponse> StopInstancesAsync(StopInstancesRequest request, CancellationToken cancellationToken = default);

    Task<TerminateInstancesResponse> TerminateInstancesAsync(TerminateInstancesRequest request, CancellationToken cancellationToken = default);
}
