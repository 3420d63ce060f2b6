using FsCheck;
using FsCheck.Fluent;
using Npgsql;
using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>The in-flight floor on PostgreSQL, at its edges.</summary>
public sealed class FloorTests : IAsyncLifetime
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);
    PostgresStore tested = null!;

    public async ValueTask InitializeAsync() => tested = await PostgresStore.CreateAsync(configure: null);

    public ValueTask DisposeAsync() => tested.DisposeAsync();

    /// <summary>An append that has drawn its numbers and does not end before it is told.</summary>
    static async Task<(Pause Pause, Task Saving)> BeginAppendAsync(IDocumentStore store, int events = 1)
    {
        var session = store.LightweightSession();
        var pause = new Pause();
        session.Events.Append(Guid.NewGuid(), [.. Enumerable.Range(0, events).Select(i => new MonsterSlain("orc", i))]);
        session.QueueOperation(pause);
        var saving = session.SaveChangesAsync();
        await Task.WhenAny(pause.Reached, saving).WaitAsync(Bound);
        if (saving.IsCompleted)
            await saving;
        return (pause, saving);
    }

    static async Task AppendAsync(IDocumentStore store, int events = 1)
    {
        var (pause, saving) = await BeginAppendAsync(store, events);
        pause.Continue();
        await saving;
    }

    [Fact]
    public async Task the_very_first_append_holds_the_mark_at_zero()
    {
        var (pause, saving) = await BeginAppendAsync(tested.Store);
        Assert.Equal(0, await tested.Store.Log.HighWaterMarkAsync());
        pause.Continue();
        await saving;
        Assert.Equal(1, await tested.Store.Log.HighWaterMarkAsync());
    }

    [Fact]
    public async Task the_mark_is_the_number_before_the_first_that_is_in_flight()
    {
        await AppendAsync(tested.Store, 3);
        var (pause, saving) = await BeginAppendAsync(tested.Store, 4);
        await AppendAsync(tested.Store);

        // 3 is readable although its number is the lock's key, and 4 is not
        var page = await tested.Store.Log.ReadAsync(0, 100);
        Assert.Equal([1, 2, 3], page.Events.Select(e => e.Sequence));
        Assert.Equal(3, page.Ceiling);

        pause.Continue();
        await saving;
        Assert.Equal([4, 5, 6, 7, 8], (await tested.Store.Log.ReadAsync(page.Ceiling, 100)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task several_in_flight_hold_the_mark_at_the_lowest()
    {
        var first = await BeginAppendAsync(tested.Store);
        var second = await BeginAppendAsync(tested.Store);
        second.Pause.Continue();
        await second.Saving;
        Assert.Equal(0, await tested.Store.Log.HighWaterMarkAsync());
        first.Pause.Continue();
        await first.Saving;
        Assert.Equal(2, await tested.Store.Log.HighWaterMarkAsync());
    }

    [Fact]
    public async Task a_naive_reader_misses_what_the_floor_waits_for()
    {
        var (pause, saving) = await BeginAppendAsync(tested.Store);
        await AppendAsync(tested.Store);
        var naive = (long)(await tested.ExecuteAsApplicationAsync("select max(seq_id) from ${schema}.events"))!;
        pause.Continue();
        await saving;
        Assert.Equal(0L, await tested.ExecuteAsApplicationAsync($"select count(*) from ${{schema}}.events where seq_id > {naive}"));
        Assert.Equal(2, (await tested.Store.Log.ReadAsync(0, 10)).Events.Count);
    }

    [Fact]
    public async Task a_stricter_default_isolation_of_the_role_changes_nothing()
    {
        var strict = tested.Another(o => o.ConnectionString += ";Options=-c default_transaction_isolation=serializable");
        Assert.Equal("serializable", await ScalarAsync(strict, "show default_transaction_isolation"));
        var (pause, saving) = await BeginAppendAsync(strict);
        var reading = Task.Run(async () =>
        {
            List<long> seen = [];
            long after = 0;
            while (seen.Count < 2)
            {
                var page = await strict.Log.ReadAsync(after, 10);
                seen.AddRange(page.Events.Select(e => e.Sequence));
                after = page.Ceiling;
            }
            return seen;
        });
        await AppendAsync(strict);
        pause.Continue();
        await saving;
        Assert.Equal([1, 2], await reading.WaitAsync(Bound));
    }

    [Fact]
    public async Task another_schema_of_the_database_does_not_hold_the_mark()
    {
        await using var neighbour = await PostgresStore.CreateAsync(configure: null);
        var (pause, saving) = await BeginAppendAsync(neighbour.Store);
        await AppendAsync(tested.Store);
        Assert.Equal(1, await tested.Store.Log.HighWaterMarkAsync());
        Assert.Equal(0, await neighbour.Store.Log.HighWaterMarkAsync());
        pause.Continue();
        await saving;
    }

    [Theory]
    [InlineData((1L << 31) - 2)]
    [InlineData((1L << 32) - 2)]
    [InlineData((1L << 33) - 2)]
    [InlineData((1L << 40) + (1L << 32) - 2)]
    public async Task the_mark_holds_where_the_keys_wrap(long at)
    {
        await tested.ExecuteAsOwnerAsync($"select setval('${{schema}}.events_sequence', {at})");
        Assert.Equal(at, await tested.Store.Log.HighWaterMarkAsync());
        for (var i = 0; i < 5; i++)
        {
            var before = await tested.Store.Log.HighWaterMarkAsync();
            var (pause, saving) = await BeginAppendAsync(tested.Store);
            await AppendAsync(tested.Store);
            Assert.Equal(before, await tested.Store.Log.HighWaterMarkAsync());
            pause.Continue();
            await saving;
            Assert.Equal(before + 2, await tested.Store.Log.HighWaterMarkAsync());
        }
    }

    [Fact]
    public void a_key_is_unfolded_around_the_last_value()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<long>().Filter(l => l >= 0), ArbMap.Default.ArbFor<int>(), (last, distance) =>
        {
            var key = last + distance;
            return key < 0 || EventLog.Unfold(key & 0xFFFFFFFF, last) == key;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task the_sequence_hands_out_numbers_one_by_one()
        => Assert.Equal(1L, await tested.ExecuteAsApplicationAsync("select seqcache from pg_sequence where seqrelid = '${schema}.events_sequence'::regclass"));

    static async Task<object?> ScalarAsync(IDocumentStore store, string sql)
    {
        await using var session = store.LightweightSession();
        var scalar = new Scalar(sql);
        await session.ExecuteAsync([scalar]);
        return scalar.Value;
    }
}
