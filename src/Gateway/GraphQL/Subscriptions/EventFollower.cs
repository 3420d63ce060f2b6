using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Follows the log for a caller. Who comes again with the last sequence that he saw misses nothing.</summary>
sealed class EventFollower(AccessGuard guard, LiveCallers live, LiveLog log, IDocumentStore store)
{
    const int PageSize = 200;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    /// <summary>Within which a client that was let go must take the error that says so.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>The customer's events behind a sequence, as they come; ends with an error when the caller's token does.</summary>
    /// <param name="afterSequence">Null for those from now on.</param>
    /// <exception cref="GraphQLException">The caller may not follow them.</exception>
    public async Task<IAsyncEnumerable<IEvent>> OpenAsync(HttpContext context, string operation, string? customer, long? afterSequence, CancellationToken cancellationToken)
    {
        var of = guard.RequireCustomer(context, operation, customer);
        if (afterSequence < 0)
            throw FieldAccess.BadInput($"afterSequence must not be negative; it is {afterSequence}.");
        var after = afterSequence ?? await store.Log.HighWaterMarkAsync(cancellationToken);
        return FollowAsync(context, of, after, CancellationToken.None);
    }

    async IAsyncEnumerable<IEvent> FollowAsync(HttpContext context, string customer, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var watched = live.Watch(context.RequiredCaller());
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watched.Ended);
        var last = after;
        await using var pages = PagesAsync(context, after, either.Token).GetAsyncEnumerator(either.Token);
        while (await NextAsync(pages, last, watched.Ended))
            foreach (var e in pages.Current.Events)
            {
                if (e.Sequence <= last)
                    continue;
                last = e.Sequence;
                if (string.Equals(e.TenantId, customer, StringComparison.Ordinal))
                    yield return e;
            }
    }

    /// <summary>What was there is read by itself, at the client's own pace; what comes then is read with all others.</summary>
    async IAsyncEnumerable<EventPage> PagesAsync(HttpContext context, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var full = true; full;)
        {
            var page = await store.Log.ReadAsync(after, PageSize, cancellationToken);
            (after, full) = (page.Ceiling, page.Events.Count == PageSize);
            yield return page;
        }

        using var follower = await log.JoinAsync(cancellationToken);
        // cancelled when this ends: the context may be another request's afterwards
        using var going = new Going();
        await using var end = follower.Lost.Register(() => _ = AbortAsync(context, going.Over));
        while (after < follower.From)
        {
            var page = await store.Log.ReadAsync(after, PageSize, cancellationToken);
            if (page.Ceiling == after)
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            after = page.Ceiling;
            yield return page;
        }

        await foreach (var page in follower.PagesAsync(cancellationToken))
            yield return page;
    }

    sealed class Going : IDisposable
    {
        readonly CancellationTokenSource over = new();

        public CancellationToken Over => over.Token;

        public void Dispose() => over.Cancel();
    }

    // by the wall: the client's network knows no other
    static async Task AbortAsync(HttpContext context, CancellationToken over)
    {
        await Task.Delay(Grace, TimeProvider.System, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!over.IsCancellationRequested)
            context.Abort();
    }

    static async Task<bool> NextAsync(IAsyncEnumerator<EventPage> pages, long last, CancellationToken ended)
    {
        try
        {
            return await pages.MoveNextAsync();
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            throw FieldAccess.Denial(AccessVerdict.No("invalid_token", "The token has expired or was revoked; sign in again and go on behind the last sequence."));
        }
        catch (TooFarBehindException e)
        {
            throw new GraphQLException(new GraphQLError($"{e.Message} Subscribe again with afterSequence: {last}, which misses nothing, or narrow what is followed.") { Code = "too_far_behind" });
        }
    }
}
