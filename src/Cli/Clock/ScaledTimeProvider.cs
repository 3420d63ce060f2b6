namespace OptiInfra.Cli.Clock;

/// <summary>
/// A clock that runs faster or slower than the wall's: now = origin + (wall − origin) × speed. Timers fire
/// accordingly earlier or later by the wall. Processes with the same origin and speed agree on the time.
/// </summary>
public sealed class ScaledTimeProvider : TimeProvider
{
    static readonly TimeSpan ShortestWallDelay = TimeSpan.FromMilliseconds(1);
    // what a system timer takes at most
    static readonly TimeSpan LongestWallDelay = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    readonly TimeProvider wall;
    readonly long firstTimestamp;

    /// <param name="origin">The instant at which this clock and the wall's agree.</param>
    /// <param name="speed">Seconds of this clock per second of the wall, above zero and finite.</param>
    public ScaledTimeProvider(TimeProvider wall, DateTimeOffset origin, double speed)
    {
        if (!double.IsFinite(speed) || speed <= 0)
            throw new ArgumentOutOfRangeException(nameof(speed), speed, "A clock's speed is a number above zero.");
        this.wall = wall;
        Origin = origin.ToUniversalTime();
        Speed = speed;
        firstTimestamp = wall.GetTimestamp();
    }

    public DateTimeOffset Origin { get; }
    public double Speed { get; }

    public override TimeZoneInfo LocalTimeZone => wall.LocalTimeZone;
    public override long TimestampFrequency => wall.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => Origin + ((wall.GetUtcNow() - Origin) * Speed);

    // counted from the first reading, where a double is still exact to the tick
    public override long GetTimestamp() => firstTimestamp + (long)((wall.GetTimestamp() - firstTimestamp) * Speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ScaledTimer(this, wall.CreateTimer(callback, state, ToWall(dueTime), ToWall(period)));

    TimeSpan ToWall(TimeSpan duration)
    {
        // what is not a duration (infinite, negative) is for the wall's timers to accept or refuse
        if (duration <= TimeSpan.Zero)
            return duration;
        var scaled = duration / Speed;
        // a timer of less than a millisecond would fire at once and for ever
        return scaled < ShortestWallDelay ? ShortestWallDelay : scaled > LongestWallDelay ? LongestWallDelay : scaled;
    }

    sealed class ScaledTimer(ScaledTimeProvider clock, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(clock.ToWall(dueTime), clock.ToWall(period));
        public void Dispose() => timer.Dispose();
        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
