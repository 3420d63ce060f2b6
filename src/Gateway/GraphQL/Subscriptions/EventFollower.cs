using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Follows the log for a caller. Who comes again with the last sequence that he saw misses nothing.</summary>
sealed class EventFollower(AccessGuard guard, LiveCallers live, IDocumentStore store)
{
    const int PageSize = 200;

    /// <summary>The customer's events behind a sequence, as they come; ends with an error when the caller's token does.</summary>
    /// <param name="afterSequence">Null for those from now on.</param>
    /// <exception cref="GraphQLException">The caller may not follow them.</exception>
    public async Task<IAsyncEnumerable<IEvent>> OpenAsync(HttpContext context, string operation, string? customer, long? afterSequence, CancellationToken cancellationToken)
    {
        var of = guard.RequireCustomer(context, operation, customer);
        if (afterSequence < 0)
            throw FieldAccess.BadInput($"afterSequence must not be negative; it is {afterSequence}.");
        var after = afterSequence ?? await store.Log.HighWaterMarkAsync(cancellationToken);
        return FollowAsync(context.RequiredCaller(), of, after, CancellationToken.None);
    }

    async IAsyncEnumerable<IEvent> FollowAsync(Caller caller, string customer, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var watched = live.Watch(caller);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watched.Ended);
        await using var pages = store.Log.FollowAsync(after, PageSize, either.Token).GetAsyncEnumerator(either.Token);
        while (await NextAsync(pages, watched.Ended))
            foreach (var e in pages.Current.Events)
                if (string.Equals(e.TenantId, customer, StringComparison.Ordinal))
                    yield return e;
    }

    static async Task<bool> NextAsync(IAsyncEnumerator<EventPage> pages, CancellationToken ended)
    {
        try
        {
            return await pages.MoveNextAsync();
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            throw FieldAccess.Denial(AccessVerdict.No("invalid_token", "The token has expired or was revoked; sign in again and go on behind the last sequence."));
        }
    }
}
