using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

public abstract class LogCompliance : StoreCompliance
{
    [Fact]
    public async Task an_empty_log_is_an_empty_page()
    {
        var page = await Store.Log.ReadAsync(0, 10);
        Assert.Empty(page.Events);
        Assert.Equal((0, 0, 0), (page.Floor, page.Ceiling, await Store.Log.HighWaterMarkAsync()));
    }

    [Fact]
    public async Task pages_follow_each_other_without_a_gap_or_a_repetition()
    {
        for (var i = 0; i < 4; i++)
            await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"));

        List<long> seen = [];
        EventPage page;
        long after = 0;
        do
        {
            page = await Store.Log.ReadAsync(after, 5);
            Assert.Equal(after, page.Floor);
            seen.AddRange(page.Events.Select(e => e.Sequence));
            after = page.Ceiling;
        }
        while (page.Events.Count > 0);

        Assert.Equal(Enumerable.Range(1, 12).Select(i => (long)i), seen);
        Assert.Equal(12, after);
    }

    [Fact]
    public async Task a_full_page_ends_at_its_last_event_and_the_last_page_at_the_mark()
    {
        await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"));
        Assert.Equal(2, (await Store.Log.ReadAsync(0, 2)).Ceiling);
        Assert.Equal(3, (await Store.Log.ReadAsync(0, 3)).Ceiling);
        Assert.Equal(3, (await Store.Log.ReadAsync(2, 100)).Ceiling);
        Assert.Equal(3, await Store.Log.HighWaterMarkAsync());
    }

    [Fact]
    public async Task a_rolled_back_append_leaves_a_gap_that_readers_pass()
    {
        var id = await StartAsync();
        await using (var session = Store.LightweightSession())
        {
            session.Events.Append(id, new MemberJoined("Boromir"));
            session.QueueOperation(new Refusal());
            await Assert.ThrowsAsync<InvalidDataException>(() => session.SaveChangesAsync());
        }

        var page = await Store.Log.ReadAsync(1, 10);
        Assert.Empty(page.Events);
        Assert.Equal(2, page.Ceiling);
        await AppendAsync(id, new MemberJoined("Frodo"));
        Assert.Equal([3], (await Store.Log.ReadAsync(page.Ceiling, 10)).Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task an_unfinished_append_holds_the_mark_and_its_event_is_not_missed()
    {
        var id = await StartAsync();
        await using var slow = Store.LightweightSession();
        var pause = new Pause();
        slow.Events.Append(id, new MemberJoined("Slow"));
        slow.QueueOperation(pause);
        var saving = slow.SaveChangesAsync();
        await pause.Reached.WaitAsync(Bound);
        // behind the slow one, in another stream, committed
        var fast = await StartAsync();

        var page = await Store.Log.ReadAsync(0, 10);
        Assert.Equal([1], page.Events.Select(e => e.Sequence));
        Assert.Equal((1, 1), (page.Ceiling, await Store.Log.HighWaterMarkAsync()));

        pause.Continue();
        await saving;
        Assert.Equal([id, fast], (await Store.Log.ReadAsync(page.Ceiling, 10)).Events.Select(e => e.StreamId));
    }

    [Fact]
    public async Task a_follower_gets_what_is_there_and_what_comes()
    {
        await StartAsync();
        using var bound = new CancellationTokenSource(Bound);
        await using var pages = Store.Log.FollowAsync(0, 10, bound.Token).GetAsyncEnumerator(bound.Token);

        Assert.True(await pages.MoveNextAsync());
        Assert.Single(pages.Current.Events);
        var waiting = pages.MoveNextAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        var id = await StartAsync(new MemberJoined("Frodo"));
        Assert.True(await waiting);
        Assert.All(pages.Current.Events, e => Assert.Equal(id, e.StreamId));
        Assert.Equal(2, pages.Current.Events.Count);
    }

    [Fact]
    public async Task a_follower_hears_of_another_process()
    {
        var other = Tested.Another();
        using var bound = new CancellationTokenSource(Bound);
        await using var pages = Store.Log.FollowAsync(0, 10, bound.Token).GetAsyncEnumerator(bound.Token);
        var waiting = pages.MoveNextAsync().AsTask();
        await using (var session = other.LightweightSession())
        {
            session.Events.Append(Guid.NewGuid(), new QuestStarted("Ring"));
            await session.SaveChangesAsync();
        }
        Assert.True(await waiting);
    }

    [Fact]
    public async Task a_follower_survives_the_loss_of_its_connections()
    {
        using var bound = new CancellationTokenSource(Bound);
        await using var pages = Store.Log.FollowAsync(0, 10, bound.Token).GetAsyncEnumerator(bound.Token);
        var waiting = pages.MoveNextAsync().AsTask();
        for (var i = 0; i < 3; i++)
        {
            await Tested.BreakConnectionsAsync();
            await Task.Delay(50, bound.Token);
        }
        Assert.False(waiting.IsCompleted);
        await Eventually.TrueAsync(async () => await Record.ExceptionAsync(() => StartAsync()) is null, Bound, "an append");
        Assert.True(await waiting);
    }

    [Fact]
    public async Task a_follower_ends_when_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var following = Task.Run(async () =>
        {
            await foreach (var _ in Store.Log.FollowAsync(0, 10, stop.Token))
            {
            }
        });
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following.WaitAsync(Bound));
    }

    [Fact]
    public async Task a_position_is_moved_from_where_its_owner_believes_it_to_be()
    {
        Assert.Equal(0, await Store.Progression.LoadAsync("relay"));
        await Store.Progression.AdvanceAsync("relay", 0, 5);
        await Store.Progression.AdvanceAsync("relay", 5, 9);
        Assert.Equal(9, await Store.Progression.LoadAsync("relay"));
        var moved = await Assert.ThrowsAsync<ProgressionOutOfOrderException>(() => Store.Progression.AdvanceAsync("relay", 5, 12));
        Assert.Contains("relay", moved.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ProgressionOutOfOrderException>(() => Store.Progression.AdvanceAsync("relay", 0, 12));
        Assert.Equal(9, await Store.Progression.LoadAsync("relay"));
    }

    [Fact]
    public async Task a_position_moves_with_the_transaction()
    {
        await using (var session = Store.LightweightSession())
        {
            session.QueueOperation(Store.Progression.Advance("relay", 0, 5));
            session.QueueOperation(new Refusal());
            await Assert.ThrowsAsync<InvalidDataException>(() => session.SaveChangesAsync());
        }
        Assert.Equal(0, await Store.Progression.LoadAsync("relay"));
    }
}
