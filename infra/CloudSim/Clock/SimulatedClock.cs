namespace OptiInfra.CloudSim.Clock;

/// <summary>
/// The cloud's own time: now = origin + (wall − origin) × speed + offset. The offset only grows, by <see cref="Advance"/>.
/// </summary>
public sealed class SimulatedClock
{
    private readonly TimeProvider _wall;
    private long _offsetTicks;

    /// <param name="origin">The instant at which the cloud's time and the wall's agree; null means the moment of construction.</param>
    /// <param name="speed">Seconds of the cloud per second of the wall, above zero.</param>
    public SimulatedClock(TimeProvider wall, DateTimeOffset? origin = null, double speed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(speed);
        _wall = wall;
        Speed = speed;
        Origin = (origin ?? wall.GetUtcNow()).ToUniversalTime();
    }

    public DateTimeOffset Origin { get; }

    public double Speed { get; }

    public TimeSpan Offset => TimeSpan.FromTicks(Interlocked.Read(ref _offsetTicks));

    public DateTimeOffset WallNow => _wall.GetUtcNow();

    public DateTimeOffset Now => Origin + ((_wall.GetUtcNow() - Origin) * Speed) + Offset;

    /// <summary>Moves the cloud's time forward; never back.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Interlocked.Add(ref _offsetTicks, by.Ticks);
    }

    internal void ForgetOffset() => Interlocked.Exchange(ref _offsetTicks, 0);
}
