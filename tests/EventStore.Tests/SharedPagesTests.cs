using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

public sealed class SharedPagesTests : IAsyncLifetime
{
    readonly List<(long After, int Limit, TaskCompletionSource<EventPage> Page)> readings = [];
    readonly SharedPages pages;
    readonly Task wake = new TaskCompletionSource().Task;

    public SharedPagesTests() => pages = new SharedPages((after, limit, cancellationToken) =>
    {
        var page = new TaskCompletionSource<EventPage>();
        cancellationToken.Register(() => page.TrySetCanceled(cancellationToken));
        readings.Add((after, limit, page));
        return page.Task;
    });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    Task<EventPage> ReadAsync(Task? wake = null, long after = 7, int limit = 10, CancellationToken cancellationToken = default)
        => pages.ReadAsync(wake ?? this.wake, after, limit, cancellationToken);

    static EventPage PageOf(int events, long after = 7)
        => new([.. Enumerable.Range(1, events).Select(i => new StoredEvent<string> { Sequence = after + i })], after, after + events);

    [Fact]
    public async Task Readers_at_the_same_place_share_a_reading()
    {
        Task<EventPage>[] reads = [ReadAsync(), ReadAsync(), ReadAsync(limit: 20)];
        var page = PageOf(3);
        Assert.Single(readings).Page.SetResult(page);
        Assert.All(await Task.WhenAll(reads), read => Assert.Same(page, read));
    }

    [Fact]
    public async Task A_reading_from_before_a_signal_is_not_for_those_who_come_after_it()
    {
        var before = ReadAsync();
        var after = ReadAsync(new TaskCompletionSource().Task);
        Assert.Equal(2, readings.Count);
        readings[0].Page.SetResult(PageOf(0));
        readings[1].Page.SetResult(PageOf(1));
        Assert.Equal((0, 1), ((await before).Events.Count, (await after).Events.Count));
    }

    [Fact]
    public void Another_place_is_read_by_itself()
    {
        _ = ReadAsync();
        _ = ReadAsync(after: 8);
        Assert.Equal([7L, 8], readings.Select(r => r.After));
    }

    [Fact]
    public async Task Who_polls_reads_anew()
    {
        var first = ReadAsync();
        readings[0].Page.SetResult(PageOf(0));
        await first;
        await Task.Delay(TimeSpan.FromMilliseconds(60));
        _ = ReadAsync();
        Assert.Equal(2, readings.Count);
    }

    [Theory]
    [InlineData(10, 20)]
    [InlineData(20, 10)]
    public async Task A_page_that_is_full_for_one_of_two_limits_is_read_for_each(int firstLimit, int secondLimit)
    {
        var (first, second) = (ReadAsync(limit: firstLimit), ReadAsync(limit: secondLimit));
        var shared = PageOf(Math.Min(firstLimit, secondLimit));
        Assert.Single(readings).Page.SetResult(shared);
        Assert.Same(shared, await first);
        await Eventually.TrueAsync(() => readings.Count == 2, TimeSpan.FromSeconds(30), "a reading of its own");
        Assert.Equal([firstLimit, secondLimit], readings.Select(r => r.Limit));
        var own = PageOf(secondLimit);
        readings[1].Page.SetResult(own);
        Assert.Same(own, await second);
    }

    [Fact]
    public async Task One_who_gives_up_leaves_the_others_their_reading()
    {
        using var gaveUp = new CancellationTokenSource();
        var (one, other) = (ReadAsync(cancellationToken: gaveUp.Token), ReadAsync());
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        readings[0].Page.SetResult(PageOf(2));
        Assert.Equal(2, (await other).Events.Count);
    }

    [Fact]
    public async Task A_reading_that_failed_is_not_shared_any_more()
    {
        var (one, other) = (ReadAsync(), ReadAsync());
        readings[0].Page.SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => one);
        await Assert.ThrowsAsync<TimeoutException>(() => other);
        var again = ReadAsync();
        readings[1].Page.SetResult(PageOf(1));
        Assert.Single((await again).Events);
    }

    [Fact]
    public async Task The_end_of_the_store_ends_a_reading()
    {
        var read = ReadAsync();
        await pages.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }
}
