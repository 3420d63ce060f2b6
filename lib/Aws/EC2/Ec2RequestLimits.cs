using Amazon.Runtime;
using OptiInfra.Aws.EC2.Model;
using OptiInfra.Aws.Pipeline;

namespace OptiInfra.Aws.EC2;

/// <summary>
/// EC2's request limits per account, region and API action (EC2 developer guide, "Request throttling for the Amazon EC2 API"). The
/// separate limits on the number of instances per RunInstances and TerminateInstances are not modelled: launches here are small.
/// </summary>
public static class Ec2RequestLimits
{
    private static readonly TokenBucketLimit NonMutating = new(100, 20);
    private static readonly TokenBucketLimit UnfilteredNonMutating = new(50, 10);
    private static readonly TokenBucketLimit Mutating = new(50, 5);
    private static readonly TokenBucketLimit Launching = new(5, 2);
    private static readonly TokenBucketLimit Terminating = new(100, 5);

    /// <summary>The bucket that EC2 counts the request in.</summary>
    public static (string Bucket, TokenBucketLimit Limit)? For(AmazonWebServiceRequest request) => request switch
    {
        RunInstancesRequest => ("RunInstances", Launching),
        StartInstancesRequest => ("StartInstances", Launching),
        TerminateInstancesRequest => ("TerminateInstances", Terminating),
        StopInstancesRequest => ("StopInstances", Mutating),
        CreateTagsRequest => ("CreateTags", Mutating),
        DescribeInstancesRequest { MaxResults: null, Filters.Count: 0 } => ("DescribeInstances unfiltered", UnfilteredNonMutating),
        DescribeInstanceStatusRequest { MaxResults: null, Filters.Count: 0 } => ("DescribeInstanceStatus unfiltered", UnfilteredNonMutating),
        null => null,
        _ => (request.GetType().Name, NonMutating),
    };

    /// <summary>Buckets to share among all clients of one account and region.</summary>
    public static RequestThrottle CreateThrottle(TimeProvider timeProvider) => new(For, timeProvider);
}
