using Amazon.Runtime;

namespace OptiInfra.Aws.EC2.Model;

/// <summary>A request for one page of many.</summary>
public interface IPagedRequest<out TSelf>
{
    /// <summary>Where the page starts; null for the first.</summary>
    string? NextToken { get; }

    /// <summary>The same request for another page.</summary>
    TSelf WithNextToken(string? nextToken);
}

/// <summary>One page of many.</summary>
public interface IPagedResponse
{
    /// <summary>Where the next page starts; null or empty on the last.</summary>
    string? NextToken { get; }
}

/// <summary>A request that reads pages.</summary>
public abstract class PagedRequest<TSelf> : AmazonWebServiceRequest, IPagedRequest<TSelf>
    where TSelf : PagedRequest<TSelf>
{
    private string? nextToken;

    /// <inheritdoc/>
    public string? NextToken
    {
        get => nextToken;
        init => nextToken = value;
    }

    /// <inheritdoc/>
    public TSelf WithNextToken(string? nextToken)
    {
        var copy = (TSelf)MemberwiseClone();
        copy.nextToken = nextToken;
        return copy;
    }
}
