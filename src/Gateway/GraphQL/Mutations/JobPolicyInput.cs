using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Rules of one job; what is left out is as by default. Fractions are 0..1, durations ISO 8601 as in PT10M.</summary>
sealed record JobPolicyInput
{
    public ScoutPolicyInput? Scouting { get; init; }
    /// <summary>From the decision to move until training goes on elsewhere, before any was measured.</summary>
    public TimeSpan? ExpectedChangeover { get; init; }
    /// <summary>What one move costs in transfer.</summary>
    public decimal? EgressUsd { get; init; }
    /// <summary>How often the trainer is looked at.</summary>
    public TimeSpan? WatchInterval { get; init; }
    /// <summary>A trainer that does not answer for so long is lost.</summary>
    public TimeSpan? SilenceTimeout { get; init; }
    /// <summary>From the launch until the trainer has resumed in standby.</summary>
    public TimeSpan? LaunchTimeout { get; init; }
    /// <summary>How long a checkpoint that was asked for may take.</summary>
    public TimeSpan? CheckpointTimeout { get; init; }
    /// <summary>How long the switch of the endpoint, and after it the takeover, may each take.</summary>
    public TimeSpan? HandoverTimeout { get; init; }
    /// <summary>After which a person is told that an instance does not go away.</summary>
    public TimeSpan? RetirementTimeout { get; init; }
    /// <summary>Launches in a row that may fail before the job is given up.</summary>
    public int? MaxFailedLaunches { get; init; }

    internal JobPolicy ToPolicy(JobPolicy usual) => new()
    {
        Scouting = (Scouting ?? new()).ToPolicy(usual.Scouting),
        ExpectedChangeover = ExpectedChangeover ?? usual.ExpectedChangeover,
        EgressUsd = EgressUsd ?? usual.EgressUsd,
        WatchInterval = WatchInterval ?? usual.WatchInterval,
        SilenceTimeout = SilenceTimeout ?? usual.SilenceTimeout,
        LaunchTimeout = LaunchTimeout ?? usual.LaunchTimeout,
        CheckpointTimeout = CheckpointTimeout ?? usual.CheckpointTimeout,
        HandoverTimeout = HandoverTimeout ?? usual.HandoverTimeout,
        RetirementTimeout = RetirementTimeout ?? usual.RetirementTimeout,
        MaxFailedLaunches = MaxFailedLaunches ?? usual.MaxFailedLaunches,
    };
}

/// <summary>When a job moves.</summary>
sealed record ScoutPolicyInput
{
    /// <summary>The least saving, of the present hourly price, that makes another offer worth looking at.</summary>
    public double? MinSavingFraction { get; init; }
    /// <summary>Time between two looks.</summary>
    public TimeSpan? ControlPeriod { get; init; }
    /// <summary>A move must save this many times what it costs.</summary>
    public double? PaybackFactor { get; init; }
    /// <summary>After a move by choice the next one waits as long.</summary>
    public TimeSpan? MinStay { get; init; }
    /// <summary>How long an offer must have held before a running job moves to it.</summary>
    public TimeSpan? MinOfferAge { get; init; }
    /// <summary>Pools with a lower placement score (1..10) are left alone.</summary>
    public int? MinPlacementScore { get; init; }
    /// <summary>Pools that interrupted more of our instances within six hours are left alone.</summary>
    public int? MaxRecentInterruptions { get; init; }
    /// <summary>Without a deadline: run on demand while no spot offer fits, rather than wait.</summary>
    public bool? OnDemandWithoutDeadline { get; init; }

    internal ScoutPolicy ToPolicy(ScoutPolicy usual) => new()
    {
        MinSavingFraction = MinSavingFraction ?? usual.MinSavingFraction,
        ControlPeriod = ControlPeriod ?? usual.ControlPeriod,
        PaybackFactor = PaybackFactor ?? usual.PaybackFactor,
        MinStay = MinStay ?? usual.MinStay,
        MinOfferAge = MinOfferAge ?? usual.MinOfferAge,
        MinPlacementScore = MinPlacementScore ?? usual.MinPlacementScore,
        MaxRecentInterruptions = MaxRecentInterruptions ?? usual.MaxRecentInterruptions,
        OnDemandWithoutDeadline = OnDemandWithoutDeadline ?? usual.OnDemandWithoutDeadline,
    };
}
