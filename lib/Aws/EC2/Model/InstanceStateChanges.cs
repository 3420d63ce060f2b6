using Amazon.Runtime;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.EC2.Model;

/// <summary>A change of one instance's state that a request started.</summary>
public sealed record InstanceStateChange
{
    public string InstanceId { get; init; } = "";
    public InstanceState? PreviousState { get; init; }
    public InstanceState? CurrentState { get; init; }
}

/// <summary>
/// Idempotent. All or nothing within a zone: one protected instance keeps the others of its zone alive too. At most 1000 ids, and AWS
/// asks for no more than 100.
/// </summary>
public sealed class TerminateInstancesRequest : AmazonWebServiceRequest
{
    [Wire("InstanceId")]
    public IReadOnlyList<string> InstanceIds { get; init; } = [];

    public bool? DryRun { get; init; }
}

public sealed class TerminateInstancesResponse : AmazonWebServiceResponse
{
    [Wire("instancesSet")]
    public IReadOnlyList<InstanceStateChange> TerminatingInstances { get; init; } = [];
}

public sealed class StopInstancesRequest : AmazonWebServiceRequest
{
    [Wire("InstanceId")]
    public IReadOnlyList<string> InstanceIds { get; init; } = [];

    public bool? Hibernate { get; init; }

    /// <summary>Without giving the operating system a chance to write its caches.</summary>
    public bool? Force { get; init; }

    public bool? DryRun { get; init; }
}

public sealed class StopInstancesResponse : AmazonWebServiceResponse
{
    [Wire("instancesSet")]
    public IReadOnlyList<InstanceStateChange> StoppingInstances { get; init; } = [];
}

public sealed class StartInstancesRequest : AmazonWebServiceRequest
{
    [Wire("InstanceId")]
    public IReadOnlyList<string> InstanceIds { get; init; } = [];

    public bool? DryRun { get; init; }
}

public sealed class StartInstancesResponse : AmazonWebServiceResponse
{
    [Wire("instancesSet")]
    public IReadOnlyList<InstanceStateChange> StartingInstances { get; init; } = [];
}

/// <summary>Sets tags; an existing tag of the same key is overwritten.</summary>
public sealed class CreateTagsRequest : AmazonWebServiceRequest
{
    /// <summary>At most 1000 ids of any kind.</summary>
    [Wire("ResourceId")]
    public IReadOnlyList<string> Resources { get; init; } = [];

    [Wire("Tag")]
    public IReadOnlyList<Tag> Tags { get; init; } = [];

    public bool? DryRun { get; init; }
}

public sealed class CreateTagsResponse : AmazonWebServiceResponse;
