using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>Followers that have much of the log to catch up with.</summary>
public sealed class ReadAheadTests : IAsyncLifetime
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    PostgresStore tested = null!;

    public async ValueTask InitializeAsync() => tested = await PostgresStore.CreateAsync(configure: null);

    public ValueTask DisposeAsync() => tested.DisposeAsync();

    async Task<long> AppendAsync(int events, Func<int, object>? make = null)
    {
        await using var session = tested.Store.LightweightSession();
        session.Events.Append(Guid.NewGuid(), [.. Enumerable.Range(0, events).Select(make ?? (i => new MonsterSlain("orc", i)))]);
        await session.SaveChangesAsync();
        return await tested.Store.Log.HighWaterMarkAsync();
    }

    async Task<List<EventPage>> FollowAsync(int limit, long until, Func<EventPage, Task>? onPage = null)
    {
        using var bound = new CancellationTokenSource(Bound);
        List<EventPage> pages = [];
        await foreach (var page in tested.Store.Log.FollowAsync(0, limit, bound.Token))
        {
            pages.Add(page);
            if (onPage is not null)
                await onPage(page);
            if (page.Ceiling >= until)
                break;
        }
        return pages;
    }

    Task<object?> TransactionsAsync() => tested.ExecuteAsApplicationAsync(
        "select count(*) from pg_stat_activity where application_name = '${schema}' and pid <> pg_backend_pid() and (backend_xmin is not null or state like 'idle in transaction%')");

    static void AssertWhole(IReadOnlyList<EventPage> pages, int limit, int events)
    {
        Assert.Equal(Enumerable.Range(1, events).Select(i => (long)i), pages.SelectMany(p => p.Events).Select(e => e.Sequence));
        Assert.All(pages, p => Assert.InRange(p.Events.Count, 0, limit));
        // each begins where the one before it ended
        Assert.Equal(pages.Select(p => p.Ceiling).SkipLast(1).Prepend(0), pages.Select(p => p.Floor));
    }

    [Theory]
    [InlineData(10, 20), InlineData(10, 21), InlineData(7, 100), InlineData(500, 12_345), InlineData(1, 30), InlineData(9000, 20_000)]
    public async Task Every_event_is_in_one_page_whatever_readings_and_pages_end_with(int limit, int events)
    {
        var end = await AppendAsync(events);
        AssertWhole(await FollowAsync(limit, end), limit, events);
    }

    [Fact]
    public async Task What_is_appended_while_a_follower_catches_up_comes_too()
    {
        await AppendAsync(2500);
        var more = 3;
        var pages = await FollowAsync(100, 4000, async page =>
        {
            if (page.Ceiling % 500 == 0 && more-- > 0)
                await AppendAsync(500);
        });
        AssertWhole(pages, 100, 4000);
    }

    [Fact]
    public async Task A_follower_that_stands_still_keeps_no_transaction_open()
    {
        // more than connections hold on the way
        var end = await AppendAsync(1500, _ => new MemberJoined(new string('x', 20_000)));
        var stood = false;
        var pages = await FollowAsync(100, end, async page =>
        {
            if (page.Ceiling != 200)
                return;
            stood = true;
            // what it reads ahead is read to its end, and not begun again before the follower goes on
            await Eventually.TrueAsync(async () => await TransactionsAsync() is 0L, Bound, "no transaction while the follower stands still");
            for (var i = 0; i < 10; i++)
            {
                await Task.Delay(20);
                Assert.Equal(0L, await TransactionsAsync());
            }
        });
        Assert.True(stood);
        AssertWhole(pages, 100, 1500);
    }

    [Fact]
    public async Task A_follower_that_is_left_in_the_middle_leaves_nothing_behind()
    {
        await AppendAsync(20_000);
        for (var i = 0; i < 5; i++)
            await FollowAsync(100, 3000);
        await Eventually.TrueAsync(async () => await TransactionsAsync() is 0L, Bound, "the end of what was read ahead");
        await using var session = tested.Store.QuerySession();
        Assert.Null(await session.Events.FetchStreamStateAsync(Guid.NewGuid()));
    }

    [Fact]
    public async Task A_follower_goes_on_where_it_was_when_its_connections_break_while_it_catches_up()
    {
        var end = await AppendAsync(30_000);
        var breaks = 0;
        var pages = await FollowAsync(500, end, async page =>
        {
            if (page.Ceiling % 5000 == 0 && breaks++ < 3)
                await tested.BreakConnectionsAsync();
        });
        Assert.True(breaks >= 3);
        AssertWhole(pages, 500, 30_000);
    }

    [Fact]
    public async Task Data_of_any_length_is_read_as_it_was_stored()
    {
        var lengths = new[] { 0, 1, 30, 31, 4000, 4096, 4097, 33_000, 200_000, 5 };
        object Make(int i) => new MemberJoined(new string((char)('a' + i % 26), lengths[i % lengths.Length]) + "é😀");
        var end = await AppendAsync(300, Make);
        var events = (await FollowAsync(20, end)).SelectMany(p => p.Events).ToList();
        Assert.Equal(Enumerable.Range(0, 300).Select(Make), events.Select(e => e.Data));

        // one by one each has bytes of its own
        await using var session = tested.Store.QuerySession();
        var alone = await session.Events.FetchStreamAsync(events[0].StreamId);
        Assert.Equal(alone.Select(e => Convert.ToHexString(e.Hash.Span)), events.Select(e => Convert.ToHexString(e.Hash.Span)));
        Assert.True(events.Select(e => Convert.ToHexString(e.Hash.Span)).Distinct().Count() == 300);
    }

    [Theory]
    [InlineData("acme"), InlineData("Bäckerei Müller"), InlineData("a customer whose name is so long that it is not worth keeping, since hardly any other one will be like it, however many rows have it"), InlineData("客户")]
    public async Task Names_are_read_as_they_were_stored(string tenant)
    {
        for (var i = 0; i < 2; i++)
        {
            await using var session = tested.Store.LightweightSession(new SessionOptions { TenantId = tenant, Actor = "by " + tenant });
            session.Events.Append(Guid.NewGuid(), new WeatherChanged("grey"), new QuestStarted("Ring"));
            await session.SaveChangesAsync();
        }
        var events = (await tested.Store.Log.ReadAsync(0, 10)).Events;
        Assert.Equal(4, events.Count);
        Assert.All(events, e => Assert.Equal((tenant, "by " + tenant), (e.TenantId, e.Actor)));
        Assert.Equal(["weather_changed", "quest_started", "weather_changed", "quest_started"], events.Select(e => e.EventTypeName));
    }
}
