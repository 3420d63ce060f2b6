namespace OptiInfra.Testing;

/// <summary>
/// A clock that stands still until it is advanced. Timers fire inside <see cref="Advance"/>, on the caller's
/// thread, in the order in which they are due (equal ones in the order in which they were armed), and each
/// callback sees the clock at its own due time. A timer armed as due at once fires on the thread pool,
/// as the system's would. Safe for use from any thread; concurrent advances add up.
/// </summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private static readonly TimeSpan LongestDue = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _armed = [];
    private DateTimeOffset _now = start.ToUniversalTime();
    private DateTimeOffset _horizon = start.ToUniversalTime();
    private long _armings;

    /// <summary>Starts at 2026-01-05 08:00 UTC, a Monday.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero))
    {
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers are armed: lets a test wait until the code under test has begun to wait.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_gate)
                return _armed.Count;
        }
    }

    /// <summary>When the next timer is due; null where none is armed.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
                return _armed.Count == 0 ? null : _armed.Min(timer => timer.Due);
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <summary>Moves the clock on and fires what becomes due on the way; what a callback throws comes out here.</summary>
    /// <param name="by">Zero or more.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_gate)
            target = _horizon += by;
        while (TakeDue(target) is { } timer)
            timer.Fire();
    }

    /// <summary>Moves the clock on to an instant that is not in its past.</summary>
    public void AdvanceTo(DateTimeOffset instant) => Advance(instant - GetUtcNow());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(DateTimeOffset target)
    {
        lock (_gate)
        {
            ManualTimer? next = null;
            foreach (var timer in _armed)
                if (timer.Due <= target && (next is null || (timer.Due, timer.Order).CompareTo((next.Due, next.Order)) < 0))
                    next = timer;
            var reached = next?.Due ?? target;
            if (reached > _now)
                _now = reached;
            if (next is not null)
                Rearm(next);
            return next;
        }
    }

    private void Rearm(ManualTimer timer)
    {
        timer.Order = ++_armings;
        if (timer.Period > TimeSpan.Zero)
            timer.Due += timer.Period;
        else
            _armed.Remove(timer);
    }

    private bool Arm(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        CheckDuration(dueTime, nameof(dueTime));
        CheckDuration(period, nameof(period));
        lock (_gate)
        {
            if (timer.Disposed)
                return false;
            _armed.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;
            timer.Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
            timer.Due = _now + dueTime;
            timer.Order = ++_armings;
            _armed.Add(timer);
            if (dueTime > TimeSpan.Zero)
                return true;
            Rearm(timer);
        }

        ThreadPool.UnsafeQueueUserWorkItem(static due => due.Fire(), timer, preferLocal: false);
        return true;
    }

    private void Disarm(ManualTimer timer)
    {
        lock (_gate)
        {
            timer.Disposed = true;
            _armed.Remove(timer);
        }
    }

    private static void CheckDuration(TimeSpan duration, string name)
    {
        if (duration != Timeout.InfiniteTimeSpan && (duration < TimeSpan.Zero || duration > LongestDue))
            throw new ArgumentOutOfRangeException(name, duration, "Not a duration that a timer takes.");
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();

        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; set; }

        public long Order { get; set; }

        public bool Disposed { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => clock.Arm(this, dueTime, period);

        public void Fire()
        {
            if (_context is null)
                callback(state);
            else
                ExecutionContext.Run(_context, _ => callback(state), state: null);
        }

        public void Dispose() => clock.Disarm(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
