using System.Collections.Concurrent;
using System.Threading.Channels;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>
/// From one channel's opening to its first failure: pages are read ahead, their events sent one after another without waiting for the
/// confirms, and the checkpoint follows the confirms. Three things go on at once, none of which waits for another's round trip.
/// </summary>
sealed class RelayPass(IDocumentStore store, IEventChannel channel, MessagingOptions options, Func<IEvent, bool> isKnown, Action<long> moved)
{
    /// <summary>Pages in hand besides the one that is being sent.</summary>
    const int PagesAhead = 2;

    static readonly TimeSpan LateConfirms = TimeSpan.FromSeconds(2);

    /// <summary>Each checkpoint is a commit: more often would load the database for the sake of a few duplicates after a crash.</summary>
    static readonly TimeSpan CheckpointEvery = TimeSpan.FromMilliseconds(25);

    readonly Channel<EventPage> pages = Channel.CreateBounded<EventPage>(new BoundedChannelOptions(PagesAhead) { SingleReader = true, SingleWriter = true });
    readonly ConcurrentQueue<(ulong Count, long Ceiling)> ends = new();
    readonly ConfirmLedger ledger = channel.Ledger;
    long checkpoint;

    /// <summary>Runs until cancelled or until something fails; what is confirmed by then is checkpointed.</summary>
    /// <param name="stuck">Sequence of the event that stopped the pass before: it goes alone, so that while it is refused nothing overtakes it again.</param>
    /// <exception cref="EventNotPublishedException">The bus did not take an event.</exception>
    public async Task RunAsync(long position, long? stuck, CancellationToken cancellationToken)
    {
        checkpoint = position;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ledger.Failed);
        Task[] parts = [ReadAsync(position, either.Token), SendAsync(stuck, either.Token), CheckpointAsync(either.Token)];
        var first = await Task.WhenAny(parts);
        await either.CancelAsync();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ledger.Failure is { } failure)
        {
            await FinishAsync(failure);
            throw failure;
        }

        if (cancellationToken.IsCancellationRequested)
            await FinishAsync(failure: null);
        await first;
    }

    async Task ReadAsync(long position, CancellationToken cancellationToken)
    {
        await foreach (var page in store.Log.FollowAsync(position, options.RelayBatchSize, cancellationToken))
            await pages.Writer.WriteAsync(page, cancellationToken);
    }

    async Task SendAsync(long? stuck, CancellationToken cancellationToken)
    {
        await foreach (var page in pages.Reader.ReadAllAsync(cancellationToken))
        {
            foreach (var e in page.Events)
            {
                if (!isKnown(e))
                    continue;
                await channel.SendAsync(e, endpoint: null, cancellationToken);
                if (e.Sequence == stuck)
                    await ledger.ConfirmedAsync(ledger.SentCount, cancellationToken);
            }

            ends.Enqueue((ledger.SentCount, page.Ceiling));
            // a page of which nothing was sent has no confirm to wait for
            ledger.Changed();
        }
    }

    async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = ledger.NextChange;
            if (await SaveAsync(cancellationToken))
                await Task.Delay(CheckpointEvery, TimeProvider.System, cancellationToken);
            await change.WaitAsync(cancellationToken);
        }
    }

    async Task<bool> SaveAsync(CancellationToken cancellationToken)
    {
        var (count, sequence) = ledger.Confirmed;
        var target = Math.Max(checkpoint, sequence);
        while (ends.TryPeek(out var end) && end.Count <= count && ends.TryDequeue(out _))
            target = Math.Max(target, end.Ceiling);
        if (target == checkpoint)
            return false;
        await store.Progression.AdvanceAsync(EventRelay.Name, checkpoint, target, cancellationToken);
        checkpoint = target;
        moved(target);
        return true;
    }

    /// <summary>
    /// The last checkpoint. What stands before an event that failed is confirmed any moment: then that event is the next to be tried, and
    /// no other is sent again. A database that is away as well loses no more than this one checkpoint.
    /// </summary>
    async Task FinishAsync(EventNotPublishedException? failure)
    {
        using var limit = new CancellationTokenSource(LateConfirms, TimeProvider.System);
        try
        {
            for (var change = ledger.NextChange; failure?.Event is { } stuck && ledger.Oldest is { } oldest && oldest.Sequence < stuck.Sequence; change = ledger.NextChange)
                await change.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // they will be sent again
        }

        try
        {
            using var saving = new CancellationTokenSource(LateConfirms, TimeProvider.System);
            await SaveAsync(saving.Token);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or OperationCanceledException or ProgressionOutOfOrderException)
        {
            // likewise
        }
    }
}
