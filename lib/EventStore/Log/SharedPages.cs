using System.Diagnostics;

namespace OptiInfra.EventStore;

/// <summary>
/// Followers of one process that wait at the same place of the log, mostly its end, share one reading of it: a signal wakes them all,
/// and each would ask the database the same.
/// </summary>
/// <param name="read">Events after a position, at most so many.</param>
sealed class SharedPages(Func<long, int, CancellationToken, Task<EventPage>> read) : IAsyncDisposable
{
    /// <summary>A reading older than this is not shared any more, so that who polls sees what came without a signal.</summary>
    static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(25);

    readonly Lock gate = new();
    readonly CancellationTokenSource stopping = new();
    Reading? last;

    /// <param name="Wake">Taken before the log was read.</param>
    sealed record Reading(Task Wake, long After, int Limit, long Began, Task<EventPage> Page)
    {
        /// <summary>With the same wake, nothing was signalled since this reading began: what it has not seen is still going to be.</summary>
        public bool Serves(Task wake, long after)
            => Wake == wake && After == after && (!Page.IsCompleted || (Page.IsCompletedSuccessfully && Stopwatch.GetElapsedTime(Began) <= Fresh));
    }

    /// <summary>A page whose events others may be given too.</summary>
    /// <param name="wake">Completes at an append that the page may not have.</param>
    public async Task<EventPage> ReadAsync(Task wake, long after, int limit, CancellationToken cancellationToken)
    {
        Reading reading;
        lock (gate)
        {
            if (last?.Serves(wake, after) is not true)
                last = new Reading(wake, after, limit, Stopwatch.GetTimestamp(), read(after, limit, stopping.Token));
            reading = last;
        }
        var page = await reading.Page.WaitAsync(cancellationToken);
        // of a page that is full for either of them, the other would have got more or less
        return reading.Limit == limit || page.Events.Count < Math.Min(reading.Limit, limit) ? page : await read(after, limit, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        if (last is { } reading)
            await ((Task)reading.Page).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
