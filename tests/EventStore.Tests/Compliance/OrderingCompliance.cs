namespace OptiInfra.EventStore.Tests;

/// <summary>
/// Readers of the log under writers that finish in any order, linger in their transaction or roll back. A reader that
/// only remembers the highest sequence runs beside them and does miss events, so that this test is known to be able to fail.
/// </summary>
public abstract class OrderingCompliance : StoreCompliance
{
    const int Writers = 16;
    const int SharedStreams = 4;
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);

    /// <summary>Sequences after a position, by a plain query.</summary>
    protected abstract Task<IReadOnlyList<long>> ReadNaivelyAsync(long after, int limit);

    [Fact]
    public async Task no_event_is_missed_whatever_commits_late_or_rolls_back()
    {
        using var stop = new CancellationTokenSource();
        using var stopReading = new CancellationTokenSource();
        var shared = Enumerable.Range(0, SharedStreams).Select(_ => Guid.NewGuid()).ToArray();
        var readers = Enumerable.Range(0, 2).Select(i => Task.Run(() => FollowAsync(17 + 100 * i, stopReading.Token))).ToArray();
        var naive = Task.Run(() => FollowNaivelyAsync(stopReading.Token));
        var writing = Enumerable.Range(0, Writers).Select(i => Task.Run(() => WriteAsync(i, shared, stop.Token))).ToArray();
        await Task.Delay(Duration);
        await stop.CancelAsync();
        var rolledBack = (await Task.WhenAll(writing)).Sum();

        var stored = await ReadNaivelyAsync(0, int.MaxValue);
        Assert.True(rolledBack > 0, "nobody rolled back");
        var mark = await Store.Log.HighWaterMarkAsync();
        Assert.True(mark > stored.Count, "rollbacks left no gaps");
        await OptiInfra.Testing.Eventually.TrueAsync(async () => await Store.Log.HighWaterMarkAsync() >= stored[^1], Bound, "the mark");
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        await stopReading.CancelAsync();

        foreach (var reader in readers)
        {
            var seen = await reader;
            Assert.Equal(stored, seen.Select(e => e.Sequence));
            Assert.All(seen.GroupBy(e => e.StreamId), stream =>
                Assert.Equal(Enumerable.Range(1, stream.Count()).Select(v => (long)v), stream.Select(e => e.Version)));
        }
        Assert.True((await naive).Count < stored.Count, "the naive reader missed nothing: the writers did not overlap");
        Assert.True((await Store.VerifyAsync()).IsIntact);
    }

    async Task<int> WriteAsync(int writer, Guid[] shared, CancellationToken stop)
    {
        var random = new Random(writer);
        var own = Guid.NewGuid();
        var rolledBack = 0;
        while (!stop.IsCancellationRequested)
        {
            await using var session = Store.LightweightSession();
            var events = Enumerable.Range(0, random.Next(1, 6)).Select(i => new MonsterSlain("orc", i)).ToArray();
            session.Events.Append(random.Next(4) == 0 ? shared[random.Next(shared.Length)] : own, events);
            var fate = random.NextDouble();
            if (fate < 0.05)
                session.QueueOperation(new Linger(TimeSpan.FromMilliseconds(random.Next(30))));
            else if (fate < 0.07)
                session.QueueOperation(new Refusal());
            try
            {
                await session.SaveChangesAsync(CancellationToken.None);
            }
            catch (InvalidDataException)
            {
                rolledBack++;
            }
        }
        return rolledBack;
    }

    async Task<List<IEvent>> FollowAsync(int pageSize, CancellationToken stop)
    {
        List<IEvent> seen = [];
        long ceiling = 0;
        try
        {
            await foreach (var page in Store.Log.FollowAsync(0, pageSize, stop))
            {
                Assert.Equal(ceiling, page.Floor);
                Assert.True(page.Ceiling > page.Floor && page.Events.All(e => e.Sequence > page.Floor && e.Sequence <= page.Ceiling));
                ceiling = page.Ceiling;
                seen.AddRange(page.Events);
            }
        }
        catch (OperationCanceledException)
        {
        }
        return seen;
    }

    async Task<List<long>> FollowNaivelyAsync(CancellationToken stop)
    {
        List<long> seen = [];
        while (!stop.IsCancellationRequested)
        {
            seen.AddRange(await ReadNaivelyAsync(seen.Count == 0 ? 0 : seen[^1], 1000));
            await Task.Delay(5, CancellationToken.None);
        }
        return seen;
    }

    sealed class Linger(TimeSpan time) : ISessionOperation
    {
        public void Configure(Npgsql.NpgsqlBatch batch)
        {
        }

        public async Task PostprocessAsync(Npgsql.NpgsqlDataReader reader, CancellationToken cancellationToken)
        {
            while (await reader.NextResultAsync(cancellationToken))
            {
            }
            await Task.Delay(time, cancellationToken);
        }
    }
}
