using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Npgsql;
using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>
/// Many sessions of two processes over few streams, plain appends and saves of several things, with conflicts, failing
/// SQL and connections that are killed. What was reported as committed is there once, what was refused is not, readers
/// miss nothing, and the chain holds.
/// </summary>
public sealed class GroupCommitStorm : GroupCommitScene
{
    const int Writers = 24;
    const int Streams = 8;
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(6);

    readonly ConcurrentBag<int> committed = [];
    readonly ConcurrentBag<int> refused = [];
    readonly ConcurrentBag<int> unknown = [];
    int tokens;

    [Fact]
    public async Task every_save_has_the_outcome_it_was_told()
    {
        using var groups = new MeterListener();
        var largest = 0;
        groups.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "event_store.saves.together")
                listener.EnableMeasurementEvents(instrument);
        };
        groups.SetMeasurementEventCallback<int>((_, saves, _, _) => InterlockedMax(ref largest, saves));
        groups.Start();
        using var stop = new CancellationTokenSource();
        using var stopReading = new CancellationTokenSource();
        var streams = Enumerable.Range(0, Streams).Select(_ => Guid.NewGuid()).ToArray();
        IDocumentStore[] processes = [Store, Tested.Another(o => o.Schema.For<Treasure>())];
        var reading = Task.Run(() => FollowAsync(stopReading.Token));
        var killing = Task.Run(() => KillAsync(stop.Token));
        var writing = Enumerable.Range(0, Writers).Select(i => Task.Run(() => WriteAsync(processes[i % 2], i, streams, stop.Token))).ToArray();
        await Task.Delay(Duration);
        await stop.CancelAsync();
        await Task.WhenAll(writing);
        await killing;

        // by a process that comes when all is over, none of whose connections was killed
        var afterwards = Tested.Another(o => o.Schema.For<Treasure>());
        Dictionary<int, int> stored = [];
        List<long> sequences = [];
        EventPage page;
        for (long after = 0; (page = await afterwards.Log.ReadAsync(after, 1000)).Events.Count > 0; after = page.Ceiling)
            foreach (var @event in page.Events)
            {
                sequences.Add(@event.Sequence);
                var token = ((MonsterSlain)@event.Data).Gold;
                stored[token] = stored.GetValueOrDefault(token) + 1;
            }

        Assert.NotEmpty(committed);
        Assert.NotEmpty(refused);
        Assert.All(committed, token => Assert.Equal(1, stored.GetValueOrDefault(token)));
        Assert.All(refused, token => Assert.DoesNotContain(token, stored));
        Assert.All(stored.Keys, token => Assert.True(stored[token] == 1));
        Assert.Empty(stored.Keys.Except(committed).Except(unknown));
        Assert.True(largest > 4, "hardly anybody went together");
        await using (var session = afterwards.QuerySession())
        {
            var documents = (await session.QueryAsync<Treasure>("")).Select(t => t.Gold).ToHashSet();
            Assert.All(documents, token => Assert.Contains(token, stored));
        }
        Assert.True((await afterwards.VerifyAsync()).IsIntact);
        await Eventually.TrueAsync(() => { lock (seen) return seen.Count >= sequences.Count; }, Bound, "the follower at the end");
        await stopReading.CancelAsync();
        await Record.ExceptionAsync(() => reading);
        Assert.Equal(sequences, seen);
    }

    readonly List<long> seen = [];

    async Task FollowAsync(CancellationToken stop)
    {
        await foreach (var page in Store.Log.FollowAsync(0, 50, stop))
            lock (seen)
                seen.AddRange(page.Events.Select(e => e.Sequence));
    }

    async Task KillAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(700), CancellationToken.None);
            await Tested.BreakConnectionsAsync();
        }
    }

    async Task WriteAsync(IDocumentStore store, int writer, Guid[] streams, CancellationToken stop)
    {
        var random = new Random(writer);
        var believed = new Dictionary<Guid, long>();
        while (!stop.IsCancellationRequested)
        {
            var token = Interlocked.Increment(ref tokens);
            var stream = streams[random.Next(streams.Length)];
            await using var session = store.LightweightSession();
            var slain = new MonsterSlain("orc", token);
            if (random.Next(2) == 0)
                session.Events.Append(stream, slain);
            else
                session.Events.AppendAt(stream, believed.GetValueOrDefault(stream), slain);
            var kind = random.Next(10);
            if (kind < 3)
                session.Insert(new Treasure($"{token}", token));
            if (kind == 0)
                session.QueueSqlCommand("select 1 / $1", 0);
            try
            {
                await session.SaveChangesAsync(CancellationToken.None);
                committed.Add(token);
            }
            catch (EventStreamUnexpectedMaxEventIdException e)
            {
                believed[stream] = e.Actual;
                refused.Add(token);
            }
            catch (Exception e) when (e is ConcurrencyException or PostgresException { SqlState: PostgresErrorCodes.DivisionByZero })
            {
                refused.Add(token);
            }
            catch (Exception e) when (PostgresErrors.IsConnectionLoss(e))
            {
                unknown.Add(token);
            }
        }
    }

    static void InterlockedMax(ref int target, int value)
    {
        for (var now = Volatile.Read(ref target); value > now;)
        {
            var before = Interlocked.CompareExchange(ref target, value, now);
            if (before == now)
                return;
            now = before;
        }
    }
}
