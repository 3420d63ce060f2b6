namespace OptiInfra.Contracts.LiveMigrations;

/// <summary>When a job moves. Fractions are 0..1.</summary>
public sealed record ScoutPolicy
{
    /// <summary>The least saving, of the present hourly price, that makes another offer worth looking at.</summary>
    public double MinSavingFraction { get; init; } = 0.20;
    /// <summary>Time between two looks; what happens in between is seen that much later, and margins allow for it.</summary>
    public TimeSpan ControlPeriod { get; init; } = TimeSpan.FromMinutes(2);
    /// <summary>A move must save this many times what it costs.</summary>
    public double PaybackFactor { get; init; } = 1.5;
    /// <summary>After a move by choice the next one waits as long, so that offers that leapfrog each other make no ladder of moves.</summary>
    public TimeSpan MinStay { get; init; } = TimeSpan.FromMinutes(30);
    /// <summary>How long an offer must have held before a running job moves to it.</summary>
    public TimeSpan MinOfferAge { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>Pools with a lower placement score (1..10) are left alone; an unknown score does not exclude.</summary>
    public int MinPlacementScore { get; init; } = 3;
    /// <summary>Pools that interrupted more of our instances within the last six hours are left alone.</summary>
    public int MaxRecentInterruptions { get; init; } = 2;
    /// <summary>Without a deadline: run on demand while no spot offer fits, rather than wait.</summary>
    public bool OnDemandWithoutDeadline { get; init; } = true;
}
