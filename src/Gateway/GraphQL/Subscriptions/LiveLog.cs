using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>
/// The end of the log, read once for all that follow it in this process, and not at all while nobody does. Each follower
/// has its own place in what was read; one that falls too far behind is let go, since what it waits with would stay in memory.
/// </summary>
public sealed partial class LiveLog(IDocumentStore store, GatewayOptions options, IHostApplicationLifetime lifetime, ILogger<LiveLog> log)
{
    const int PageSize = 200;

    readonly Lock gate = new();
    readonly HashSet<Follower> followers = [];
    CancellationTokenSource? reading;
    long position;

    /// <summary>How many follow it now.</summary>
    public int Followers
    {
        get
        {
            lock (gate)
                return followers.Count;
        }
    }

    /// <summary>Everything that is appended behind <see cref="Follower.From"/>; dispose it to stop.</summary>
    public async Task<Follower> JoinAsync(CancellationToken cancellationToken)
    {
        var mark = await store.Log.HighWaterMarkAsync(cancellationToken);
        lock (gate)
        {
            if (reading is null)
            {
                (position, reading) = (mark, CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping));
                var own = reading;
                _ = Task.Run(() => ReadAsync(mark, own), CancellationToken.None);
            }

            var follower = new Follower(this, position, options.Limits.MaxEventsBehind);
            followers.Add(follower);
            return follower;
        }
    }

    async Task ReadAsync(long after, CancellationTokenSource own)
    {
        try
        {
            await foreach (var page in store.Log.FollowAsync(after, PageSize, own.Token))
                Tell(page, own);
        }
        catch (OperationCanceledException) when (own.IsCancellationRequested)
        {
            // nobody follows any more, or the program stops: its connections are cut then, not told that all is over
        }
        catch (Exception e)
        {
            LogStopped(e.Message);
            foreach (var follower in LetAllGo(own))
                follower.End(e);
        }
    }

    /// <summary>The next one to join begins anew.</summary>
    Follower[] LetAllGo(CancellationTokenSource own)
    {
        lock (gate)
        {
            if (reading != own)
                return [];
            Follower[] left = [.. followers];
            followers.Clear();
            reading = null;
            return left;
        }
    }

    void Tell(EventPage page, CancellationTokenSource own)
    {
        List<Follower> lost = [];
        lock (gate)
        {
            if (reading != own)
                return;
            position = page.Ceiling;
            if (page.Events.Count == 0)
                return;
            foreach (var follower in followers)
                if (!follower.TryTell(page))
                    lost.Add(follower);
            followers.ExceptWith(lost);
        }

        foreach (var follower in lost)
        {
            LogBehind(options.Limits.MaxEventsBehind);
            follower.End(new TooFarBehindException(options.Limits.MaxEventsBehind));
        }
    }

    void Leave(Follower follower)
    {
        lock (gate)
        {
            if (!followers.Remove(follower) || followers.Count > 0)
                return;
            reading?.Cancel();
            reading = null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "A subscription was ended: its client was more than {Events} events behind.")]
    partial void LogBehind(int events);

    [LoggerMessage(LogLevel.Error, "The log is followed no more until the next subscription: {Reason}")]
    partial void LogStopped(string reason);

    /// <summary>One that follows.</summary>
    public sealed class Follower : IDisposable
    {
        readonly LiveLog log;
        readonly int most;
        readonly Channel<EventPage> pages = Channel.CreateUnbounded<EventPage>(new UnboundedChannelOptions { SingleReader = true });
        readonly CancellationTokenSource lost = new();
        int waiting;

        internal Follower(LiveLog log, long from, int most) => (this.log, From, this.most) = (log, from, most);

        /// <summary>Nothing up to this sequence is told.</summary>
        public long From { get; }

        /// <summary>Cancelled when it was let go, also while its client takes nothing.</summary>
        public CancellationToken Lost => lost.Token;

        /// <summary>Pages in the order of the log; what came before it was let go still comes.</summary>
        /// <exception cref="TooFarBehindException">It was let go.</exception>
        public async IAsyncEnumerable<EventPage> PagesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var page in pages.Reader.ReadAllAsync(cancellationToken))
            {
                yield return page;
                // not before: what is being worked on is in memory too
                Interlocked.Add(ref waiting, -page.Events.Count);
            }
        }

        internal bool TryTell(EventPage page)
        {
            // one page is taken however large it is
            if (Volatile.Read(ref waiting) is > 0 and var held && held + page.Events.Count > most)
                return false;
            Interlocked.Add(ref waiting, page.Events.Count);
            return pages.Writer.TryWrite(page);
        }

        internal void End(Exception fault)
        {
            pages.Writer.TryComplete(fault);
            if (fault is TooFarBehindException)
                lost.Cancel();
        }

        public void Dispose() => log.Leave(this);
    }
}

/// <summary>Who follows the log takes its events more slowly than they come.</summary>
public sealed class TooFarBehindException(int events) : Exception($"More than {events} events were waiting.");
