using System.Threading.Channels;

namespace OptiInfra.EventStore;

/// <summary>
/// Reads the log page by page for a rebuild: while one page is applied, the events of the next are made objects, and the one
/// after that is on its way from the database. Ends with the first page that is not full.
/// </summary>
sealed class PagesAhead : IAsyncDisposable
{
    readonly Channel<(EventPage Page, bool Full)> prepared = Bounded();
    readonly CancellationTokenSource stop;
    readonly Task working;

    /// <param name="firstLimit">Events of the first page.</param>
    /// <param name="nextLimit">Events of a page, by the one before it.</param>
    /// <param name="prepare">Whatever can be done with events before it is their turn.</param>
    public PagesAhead(IEventLog log, long after, int firstLimit, Func<EventPage, int> nextLimit, Action<IReadOnlyList<IEvent>> prepare, CancellationToken cancellationToken)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = stop.Token;
        var read = Bounded();
        working = Task.WhenAll(
            Task.Run(() => CompleteAsync(read.Writer, () => ReadAsync(log, after, firstLimit, nextLimit, read.Writer, token)), CancellationToken.None),
            Task.Run(() => CompleteAsync(prepared.Writer, () => PrepareAsync(read.Reader, prepare, token)), CancellationToken.None));
    }

    /// <returns>A page, and whether there are more behind it.</returns>
    public async Task<(EventPage Page, bool Full)> NextAsync(CancellationToken cancellationToken)
    {
        // rather than ReadAsync, which wraps what went wrong
        while (await prepared.Reader.WaitToReadAsync(cancellationToken))
            if (prepared.Reader.TryRead(out var next))
                return next;
        throw new InvalidOperationException("There is no page behind the last one.");
    }

    static Channel<(EventPage Page, bool Full)> Bounded()
        => Channel.CreateBounded<(EventPage, bool)>(new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });

    static async Task ReadAsync(IEventLog log, long after, int limit, Func<EventPage, int> nextLimit, ChannelWriter<(EventPage, bool)> pages, CancellationToken cancellationToken)
    {
        for (var full = true; full;)
        {
            var page = await log.ReadAsync(after, limit, cancellationToken);
            full = page.Events.Count == limit;
            after = page.Ceiling;
            if (full)
                limit = nextLimit(page);
            await pages.WriteAsync((page, full), cancellationToken);
        }
    }

    async Task PrepareAsync(ChannelReader<(EventPage Page, bool Full)> pages, Action<IReadOnlyList<IEvent>> prepare, CancellationToken cancellationToken)
    {
        await foreach (var read in pages.ReadAllAsync(cancellationToken))
        {
            prepare(read.Page.Events);
            await prepared.Writer.WriteAsync(read, cancellationToken);
        }
    }

    /// <summary>What went wrong is told to whoever reads next.</summary>
    static async Task CompleteAsync(ChannelWriter<(EventPage, bool)> pages, Func<Task> work)
    {
        try
        {
            await work();
            pages.Complete();
        }
        catch (Exception e)
        {
            pages.Complete(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await working;
        stop.Dispose();
    }
}
