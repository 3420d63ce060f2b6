using OptiInfra.Cli.Clock;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests.Clock;

public sealed class ScaledTimeProviderTests
{
    static readonly DateTimeOffset Origin = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    readonly ManualTimeProvider wall = new(Origin);

    [Fact]
    public void at_its_origin_it_shows_the_walls_time() =>
        Assert.Equal(Origin, new ScaledTimeProvider(wall, Origin, 60).GetUtcNow());

    [Fact]
    public void a_second_of_the_wall_is_a_minute_at_speed_sixty()
    {
        var clock = new ScaledTimeProvider(wall, Origin, 60);
        wall.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Origin.AddMinutes(5), clock.GetUtcNow());
    }

    [Fact]
    public void two_clocks_of_one_origin_and_speed_agree_whenever_they_were_made()
    {
        var first = new ScaledTimeProvider(wall, Origin, 12.5);
        wall.Advance(TimeSpan.FromSeconds(77));
        var second = new ScaledTimeProvider(wall, Origin, 12.5);
        wall.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(first.GetUtcNow(), second.GetUtcNow());
    }

    [Fact]
    public void elapsed_time_is_scaled_too()
    {
        wall.Advance(TimeSpan.FromDays(40));
        var clock = new ScaledTimeProvider(wall, Origin, 60);
        var start = clock.GetTimestamp();
        wall.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromMinutes(2), clock.GetElapsedTime(start));
    }

    [Fact]
    public void a_timer_of_ten_minutes_fires_after_ten_seconds_of_the_wall()
    {
        var clock = new ScaledTimeProvider(wall, Origin, 60);
        var firedAt = new List<DateTimeOffset>();
        using var timer = clock.CreateTimer(_ => firedAt.Add(clock.GetUtcNow()), null, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(5));
        wall.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(firedAt);
        wall.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal([Origin.AddMinutes(10), Origin.AddMinutes(15)], firedAt);
    }

    [Fact]
    public async Task a_delay_by_this_clock_is_scaled()
    {
        var clock = new ScaledTimeProvider(wall, Origin, 3600);
        var delay = Task.Delay(TimeSpan.FromHours(1), clock);
        wall.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(delay.IsCompleted);
        wall.Advance(TimeSpan.FromMilliseconds(1));
        await delay.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void a_changed_timer_is_scaled_and_an_infinite_one_stays_infinite()
    {
        var clock = new ScaledTimeProvider(wall, Origin, 60);
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        wall.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, fired);
        timer.Change(TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        wall.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fired);
    }

    [Fact]
    public void a_timer_shorter_than_the_walls_resolution_does_not_spin()
    {
        var clock = new ScaledTimeProvider(wall, Origin, 1_000_000);
        var fired = 0;
        using var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        wall.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(10, fired);
    }

    [Fact]
    public void a_long_delay_of_a_slow_clock_is_what_a_timer_can_take()
    {
        var clock = new ScaledTimeProvider(wall, Origin, 0.001);
        using var timer = clock.CreateTimer(_ => { }, null, TimeSpan.FromDays(1), Timeout.InfiniteTimeSpan);
        Assert.Equal(Origin + TimeSpan.FromMilliseconds(uint.MaxValue - 1), wall.NextDue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void a_speed_that_is_no_speed_is_refused(double speed) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScaledTimeProvider(wall, Origin, speed));
}
