using OptiInfra.Testing;

namespace OptiInfra.Testing.Tests;

public sealed class ManualTimeProviderTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly ManualTimeProvider _clock = new(Start);

    [Fact]
    public void stands_still_until_advanced()
    {
        Assert.Equal(Start, _clock.GetUtcNow());
        var before = _clock.GetTimestamp();

        _clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(Start.AddMinutes(5), _clock.GetUtcNow());
        Assert.Equal(TimeSpan.FromMinutes(5), _clock.GetElapsedTime(before));
    }

    [Fact]
    public void timers_fire_in_due_order_each_at_its_own_time()
    {
        var fired = new List<(string Name, DateTimeOffset At)>();
        using var late = TimerAfter(3, "late", fired);
        using var early = TimerAfter(1, "early", fired);
        using var never = TimerAfter(5, "never", fired);

        _clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal([("early", Start.AddSeconds(1)), ("late", Start.AddSeconds(3))], fired);
        Assert.Equal(Start.AddSeconds(4), _clock.GetUtcNow());
        Assert.Equal(1, _clock.ArmedTimers);
        Assert.Equal(Start.AddSeconds(5), _clock.NextDue);
    }

    [Fact]
    public void a_timer_armed_by_a_callback_fires_in_the_same_advance()
    {
        var fired = new List<DateTimeOffset>();
        using var second = _clock.CreateTimer(_ => fired.Add(_clock.GetUtcNow()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var first = _clock.CreateTimer(
            _ => second.Change(TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal([Start.AddSeconds(3)], fired);
    }

    [Fact]
    public void a_periodic_timer_fires_until_disposed()
    {
        var fired = 0;
        var timer = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(3, fired);

        timer.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(3, fired);
        Assert.False(timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task delays_and_cancellations_follow_the_clock()
    {
        var delay = Task.Delay(TimeSpan.FromMinutes(15), _clock);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMinutes(10), _clock);

        _clock.Advance(TimeSpan.FromMinutes(14));
        Assert.False(delay.IsCompleted);
        Assert.True(cancellation.IsCancellationRequested);

        _clock.Advance(TimeSpan.FromMinutes(1));
        await delay.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task a_timer_due_at_once_fires_without_an_advance()
    {
        var fired = new TaskCompletionSource();
        await using var timer = _clock.CreateTimer(_ => fired.TrySetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await fired.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _clock.ArmedTimers);
    }

    [Fact]
    public async Task concurrent_advances_add_up_and_fire_each_timer_once()
    {
        var fired = 0;
        var timers = Enumerable.Range(1, 100)
            .Select(i => _clock.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromSeconds(i), Timeout.InfiniteTimeSpan))
            .ToList();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => _clock.Advance(TimeSpan.FromSeconds(10)))));

        Assert.Equal(Start.AddSeconds(100), _clock.GetUtcNow());
        Assert.Equal(100, fired);
        timers.ForEach(timer => timer.Dispose());
    }

    [Fact]
    public void the_clock_never_goes_back() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.Advance(TimeSpan.FromTicks(-1)));

    private ITimer TimerAfter(int seconds, string name, List<(string Name, DateTimeOffset At)> fired) =>
        _clock.CreateTimer(_ => fired.Add((name, _clock.GetUtcNow())), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
}
