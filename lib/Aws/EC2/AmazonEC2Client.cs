using Amazon.Runtime;
using Amazon.Runtime.Internal;
using OptiInfra.Aws.EC2.Model;
using OptiInfra.Aws.Pipeline;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.EC2;

/// <summary>A client of EC2. Thread-safe; make one per account and region and keep it.</summary>
public sealed class AmazonEC2Client : QueryServiceClient, IAmazonEC2
{
    internal const string ApiVersion = "2016-11-15";

    private static readonly ServiceName Service = new("EC2");

    /// <summary>With the credentials and the region of the environment, the profile or the machine, as AWSSDK.Core looks for them.</summary>
    public AmazonEC2Client()
        : this(new AmazonEC2Config())
    {
    }

    public AmazonEC2Client(AmazonEC2Config config)
        : this(credentials: null, config)
    {
    }

    /// <param name="credentials">null looks for them as AWSSDK.Core does</param>
    public AmazonEC2Client(AWSCredentials? credentials, AmazonEC2Config config)
        : base(credentials, config, AmazonEC2Exception.From)
    {
    }

    protected override IServiceMetadata ServiceMetadata => Service;

    public Task<CreateTagsResponse> CreateTagsAsync(CreateTagsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<CreateTagsResponse>(Ec2Operations.CreateTags, request, cancellationToken);

    public Task<DescribeAvailabilityZonesResponse> DescribeAvailabilityZonesAsync(
        DescribeAvailabilityZonesRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DescribeAvailabilityZonesResponse>(Ec2Operations.DescribeAvailabilityZones, request, cancellationToken);

    public Task<DescribeInstancesResponse> DescribeInstancesAsync(
        DescribeInstancesRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DescribeInstancesResponse>(Ec2Operations.DescribeInstances, request, cancellationToken);

    public Task<DescribeInstanceStatusResponse> DescribeInstanceStatusAsync(
        DescribeInstanceStatusRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DescribeInstanceStatusResponse>(Ec2Operations.DescribeInstanceStatus, request, cancellationToken);

    public Task<DescribeInstanceTypesResponse> DescribeInstanceTypesAsync(
        DescribeInstanceTypesRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DescribeInstanceTypesResponse>(Ec2Operations.DescribeInstanceTypes, request, cancellationToken);

    public Task<DescribeSpotPriceHistoryResponse> DescribeSpotPriceHistoryAsync(
        DescribeSpotPriceHistoryRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DescribeSpotPriceHistoryResponse>(Ec2Operations.DescribeSpotPriceHistory, request, cancellationToken);

    public Task<GetSpotPlacementScoresResponse> GetSpotPlacementScoresAsync(
        GetSpotPlacementScoresRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetSpotPlacementScoresResponse>(Ec2Operations.GetSpotPlacementScores, request, cancellationToken);

    public Task<RunInstancesResponse> RunInstancesAsync(RunInstancesRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<RunInstancesResponse>(Ec2Operations.RunInstances, request, cancellationToken);

    public Task<StartInstancesResponse> StartInstancesAsync(StartInstancesRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<StartInstancesResponse>(Ec2Operations.StartInstances, request, cancellationToken);

    public Task<StopInstancesResponse> StopInstancesAsync(StopInstancesRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<StopInstancesResponse>(Ec2Operations.StopInstances, request, cancellationToken);

    public Task<TerminateInstancesResponse> TerminateInstancesAsync(
        TerminateInstancesRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<TerminateInstancesResponse>(Ec2Operations.TerminateInstances, request, cancellationToken);

    private protected override RequestThrottle DefaultThrottle(QueryClientConfig settings) =>
        Ec2RequestLimits.CreateThrottle(settings.TimeProvider);

    private protected override RetryPolicy CreateRetryPolicy(QueryClientConfig settings) => new Ec2RetryPolicy(settings);
}

/// <summary>The operations, each with its shapes.</summary>
internal static class Ec2Operations
{
    public static readonly QueryOperation CreateTags = Of<CreateTagsRequest, CreateTagsResponse>(nameof(CreateTags));

    public static readonly QueryOperation DescribeAvailabilityZones =
        Of<DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResponse>(nameof(DescribeAvailabilityZones));

    public static readonly QueryOperation DescribeInstances =
        Of<DescribeInstancesRequest, DescribeInstancesResponse>(nameof(DescribeInstances));

    public static readonly QueryOperation DescribeInstanceStatus =
        Of<DescribeInstanceStatusRequest, DescribeInstanceStatusResponse>(nameof(DescribeInstanceStatus));

    public static readonly QueryOperation DescribeInstanceTypes =
        Of<DescribeInstanceTypesRequest, DescribeInstanceTypesResponse>(nameof(DescribeInstanceTypes));

    public static readonly QueryOperation DescribeSpotPriceHistory =
        Of<DescribeSpotPriceHistoryRequest, DescribeSpotPriceHistoryResponse>(nameof(DescribeSpotPriceHistory));

    public static readonly QueryOperation GetSpotPlacementScores =
        Of<GetSpotPlacementScoresRequest, GetSpotPlacementScoresResponse>(nameof(GetSpotPlacementScores));

    public static readonly QueryOperation RunInstances = Of<RunInstancesRequest, RunInstancesResponse>(nameof(RunInstances));
    public static readonly QueryOperation StartInstances = Of<StartInstancesRequest, StartInstancesResponse>(nameof(StartInstances));
    public static readonly QueryOperation StopInstances = Of<StopInstancesRequest, StopInstancesResponse>(nameof(StopInstances));

    public static readonly QueryOperation TerminateInstances =
        Of<TerminateInstancesRequest, TerminateInstancesResponse>(nameof(TerminateInstances));

    /// <summary>All of them, for checks against AWS's service model.</summary>
    public static IReadOnlyList<QueryOperation> All { get; } =
    [
        CreateTags, DescribeAvailabilityZones, DescribeInstances, DescribeInstanceStatus, DescribeInstanceTypes, DescribeSpotPriceHistory,
        GetSpotPlacementScores, RunInstances, StartInstances, StopInstances, TerminateInstances,
    ];

    private static QueryOperation Of<TRequest, TResponse>(string name) =>
        QueryOperation.For<TRequest, TResponse>(name, AmazonEC2Client.ApiVersion, QueryDialect.Ec2);
}
