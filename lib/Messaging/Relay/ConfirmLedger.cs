using System.Diagnostics;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>
/// What was sent on one channel and how far it is confirmed without a gap. Confirms may come late, together and in any order;
/// an event that was refused is never counted, nor is any behind it.
/// </summary>
/// <param name="window">Events that may be unconfirmed at once.</param>
/// <param name="clock">The store's.</param>
sealed class ConfirmLedger(int window, TimeProvider clock) : IDisposable
{
    readonly Lock gate = new();
    readonly Queue<Sent> outstanding = new();
    readonly HashSet<ulong> early = [];
    readonly SemaphoreSlim room = new(window, window);
    readonly CancellationTokenSource failing = new();
    TaskCompletionSource nextChange = NewSource();
    ulong sent;
    ulong confirmed;
    ulong refused = ulong.MaxValue;

    /// <summary>Events handed over.</summary>
    public ulong SentCount { get { lock (gate) return sent; } }

    /// <summary>Of those the first so many are confirmed; and the sequence of the last of them, 0 before the first.</summary>
    public (ulong Count, long Sequence) Confirmed { get { lock (gate) return (confirmed, LastSequence); } }

    /// <summary>The oldest event without a confirm.</summary>
    public IEvent? Oldest { get { lock (gate) return outstanding.TryPeek(out var first) ? first.Event : null; } }

    /// <summary>Why nothing more can be sent; null as long as it can.</summary>
    public EventNotPublishedException? Failure { get; private set; }

    /// <summary>Cancelled at the first failure.</summary>
    public CancellationToken Failed => failing.Token;

    /// <summary>Completes when more is confirmed or the channel fails; to be taken before one looks.</summary>
    public Task NextChange => Volatile.Read(ref nextChange).Task;

    long LastSequence { get; set; }

    /// <summary>Waits until one more may be on its way.</summary>
    /// <exception cref="EventNotPublishedException">The channel has failed.</exception>
    public async ValueTask RoomAsync(CancellationToken cancellationToken)
    {
        if (Failure is { } failure)
            throw failure;
        if (room.Wait(0, CancellationToken.None))
            return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Failed);
        try
        {
            await room.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (Failure is not null)
        {
            throw Failure;
        }
    }

    /// <summary>The number under which the bus will speak of the event: 1 for the first. To be called before it is sent.</summary>
    public ulong Add(IEvent e, Activity? activity)
    {
        lock (gate)
        {
            outstanding.Enqueue(new(e, activity));
            return ++sent;
        }
    }

    public void Confirm(ulong number, bool andAllBefore)
    {
        var count = 0;
        lock (gate)
        {
            if (andAllBefore)
                for (var n = confirmed + 1; n <= number; n++)
                    early.Add(n);
            else
                early.Add(number);
            while (confirmed + 1 < refused && early.Remove(confirmed + 1))
            {
                confirmed++;
                count++;
                var first = outstanding.Dequeue();
                LastSequence = first.Event.Sequence;
                first.Activity?.Stop();
                RelayInstruments.Lag.Record((clock.GetUtcNow() - first.Event.Timestamp).TotalSeconds);
            }
        }

        if (count == 0)
            return;
        RelayInstruments.Published.Add(count);
        room.Release(count);
        Changed();
    }

    /// <summary>The bus gave an event back: no queue takes it.</summary>
    public void Return(Guid eventId, string reason) => Refuse(
        IndexOf(eventId), e => new EventNotPublishedException(
            $"event {e.Sequence} ({e.EventTypeName}, {e.Id}) came back from RabbitMQ ({reason}): no queue takes it although this program subscribes to it. "
            + "Start a process that consumes it, which declares its queue and binds it again; the relay then goes on by itself.",
            e, isUnroutable: true));

    public void Refuse(ulong number) => Refuse(
        number, e => new EventNotPublishedException($"event {e.Sequence} ({e.EventTypeName}, {e.Id}) was refused by RabbitMQ", e, isUnroutable: false));

    public void Fail(string reason, Exception? cause = null) => Fail(new EventNotPublishedException(reason, null, isUnroutable: false, cause));

    ulong IndexOf(Guid eventId)
    {
        lock (gate)
        {
            var number = confirmed;
            foreach (var waiting in outstanding)
            {
                number++;
                if (waiting.Event.Id == eventId)
                    return number;
            }

            return confirmed + 1;
        }
    }

    void Refuse(ulong number, Func<IEvent, EventNotPublishedException> reason)
    {
        IEvent e;
        lock (gate)
        {
            if (number <= confirmed || number > sent)
                return;
            refused = Math.Min(refused, number);
            e = outstanding.ElementAt((int)(number - confirmed) - 1).Event;
        }

        Fail(reason(e));
    }

    void Fail(EventNotPublishedException failure)
    {
        lock (gate)
        {
            // the first reason counts; what follows is its consequence
            if (Failure is not null)
                return;
            Failure = failure;
        }

        failing.Cancel();
        Changed();
    }

    /// <summary>Waits for the confirm of the first <paramref name="count"/> events.</summary>
    /// <exception cref="EventNotPublishedException">The channel failed before.</exception>
    public async Task ConfirmedAsync(ulong count, CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = NextChange;
            if (Confirmed.Count >= count)
                return;
            if (Failure is { } failure)
                throw failure;
            await change.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Wakes whoever waits for a change.</summary>
    public void Changed() => Interlocked.Exchange(ref nextChange, NewSource()).TrySetResult();

    static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        lock (gate)
            while (outstanding.TryDequeue(out var left))
                left.Activity?.SetStatus(ActivityStatusCode.Error, "not confirmed").Stop();
        failing.Dispose();
        room.Dispose();
    }

    readonly record struct Sent(IEvent Event, Activity? Activity);
}
