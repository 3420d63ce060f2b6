using System.Runtime.CompilerServices;
using Amazon.Runtime;

namespace OptiInfra.Aws;

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
    private string? _nextToken;

    /// <inheritdoc/>
    public string? NextToken
    {
        get => _nextToken;
        init => _nextToken = value;
    }

    /// <inheritdoc/>
    public TSelf WithNextToken(string? nextToken)
    {
        var copy = (TSelf)MemberwiseClone();
        copy._nextToken = nextToken;
        return copy;
    }
}

internal static class Paging
{
    /// <summary>Reads page after page, asking for the next one only when it is wanted.</summary>
    public static async IAsyncEnumerable<TResponse> PagesAsync<TRequest, TResponse>(
        TRequest request, Func<TRequest, CancellationToken, Task<TResponse>> call, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : IPagedRequest<TRequest>
        where TResponse : IPagedResponse
    {
        while (true)
        {
            var page = await call(request, cancellationToken);
            yield return page;
            // the last page's token is absent from some operations' answers and empty in others'
            if (string.IsNullOrEmpty(page.NextToken))
                yield break;
            request = request.WithNextToken(page.NextToken);
        }
    }
}
