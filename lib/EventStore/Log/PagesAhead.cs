using System.Threading.Channels;

namespace OptiInfra.EventStore;

/// <summary>
/// Reads the log on while what was read is worked on, up to its end: pages are handed out while the rest of their reading is still on its
/// way. A reading never waits for whoever takes its pages, so that it holds no connection and no snapshot for longer than it takes; the
/// one after the next begins when the last page of the first is taken.
/// </summary>
sealed class PagesAhead : IAsyncDisposable
{
    const int ReadingsAhead = 2;
    const int FirstReading = 1000;
    const int LargestReading = 8000;
    const int ReadingBytes = 8 * 1024 * 1024;

    readonly EventLog log;
    readonly PageSize size;
    readonly Channel<LogPart> prepared = Unbounded();
    readonly SemaphoreSlim readings = new(ReadingsAhead);
    readonly CancellationTokenSource stop;
    readonly Task working;

    /// <param name="prepare">Whatever can be done with events before it is their turn, beside the reading.</param>
    public PagesAhead(EventLog log, long after, PageSize size, Action<IReadOnlyList<IEvent>>? prepare, CancellationToken cancellationToken)
    {
        (this.log, this.size) = (log, size);
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = stop.Token;
        var read = prepare is null ? prepared : Unbounded();
        var reading = Task.Run(() => CompleteAsync(read.Writer, () => ReadAsync(after, read.Writer, token)), CancellationToken.None);
        working = prepare is null
            ? reading
            : Task.WhenAll(reading, Task.Run(() => CompleteAsync(prepared.Writer, () => PrepareAsync(read.Reader, prepare, token)), CancellationToken.None));
    }

    /// <returns>The next page; null behind the last one.</returns>
    public async Task<EventPage?> NextAsync(CancellationToken cancellationToken)
    {
        // rather than ReadAsync, which wraps what went wrong
        while (await prepared.Reader.WaitToReadAsync(cancellationToken))
            if (prepared.Reader.TryRead(out var next))
            {
                if (next.EndsReading)
                    readings.Release();
                return next.Page;
            }
        return null;
    }

    static Channel<LogPart> Unbounded() => Channel.CreateUnbounded<LogPart>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    async Task ReadAsync(long after, ChannelWriter<LogPart> pages, CancellationToken cancellationToken)
    {
        var limit = FirstReading;
        for (var atEnd = false; !atEnd;)
        {
            await readings.WaitAsync(cancellationToken);
            long events = 0, bytes = 0;
            await foreach (var part in log.ReadPartsAsync(after, limit, size, cancellationToken))
            {
                events += part.Page.Events.Count;
                bytes += part.Bytes;
                (after, atEnd) = (part.Page.Ceiling, part.EndsLog);
                await pages.WriteAsync(part, cancellationToken);
            }
            if (!atEnd)
                limit = (int)Math.Clamp(ReadingBytes * events / Math.Max(1, bytes), FirstReading / 10, Math.Max(LargestReading, size.Events));
        }
    }

    async Task PrepareAsync(ChannelReader<LogPart> parts, Action<IReadOnlyList<IEvent>> prepare, CancellationToken cancellationToken)
    {
        await foreach (var part in parts.ReadAllAsync(cancellationToken))
        {
            prepare(part.Page.Events);
            await prepared.Writer.WriteAsync(part, cancellationToken);
        }
    }

    /// <summary>What went wrong is told to whoever reads next.</summary>
    static async Task CompleteAsync(ChannelWriter<LogPart> pages, Func<Task> work)
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
        readings.Dispose();
    }
}
