using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Rules of one migration; what is left out is as before, for a new migration as by default. Fractions are 0..1, durations ISO 8601 as in PT10M.</summary>
sealed record MigrationPolicyInput
{
    /// <summary>Shares of the planned instances that have moved after each phase, ascending, the last 1.</summary>
    public IReadOnlyList<decimal>? PhaseFractions { get; init; }
    /// <summary>How long quality is watched after each phase.</summary>
    public IReadOnlyList<TimeSpan>? MonitoringWindows { get; init; }
    public TimeSpan? BaselineWindow { get; init; }
    public decimal? MinSuccessFraction { get; init; }
    public double? MaxDegradation { get; init; }
    public long? MinRequests { get; init; }
    public double? ErrorRateFloor { get; init; }
    /// <summary>Approve without asking a person; only an admin may ask for it.</summary>
    public bool? AutoApprove { get; init; }
    /// <summary>Whoever requests it may approve it too; only an admin may ask for it.</summary>
    public bool? RequesterMayApprove { get; init; }
    public TimeSpan? ApprovalValidFor { get; init; }
    public decimal? MaxPriceDriftFraction { get; init; }
    public TimeSpan? Lookback { get; init; }
    public decimal? MinSavingFraction { get; init; }
    public TimeSpan? Changeover { get; init; }
    public decimal? InterruptionCostUsd { get; init; }
    public double? MaxTargetUtilisation { get; init; }
    public int? MinUtilisationHours { get; init; }
    public int? CandidatePools { get; init; }
    public decimal? MaxPoolFraction { get; init; }
    public int? MinPlacementScore { get; init; }
    public IReadOnlyList<string>? Voters { get; init; }
    public TimeSpan? AnalysisTimeout { get; init; }
    public TimeSpan? VoteTimeout { get; init; }
    public TimeSpan? LaunchTimeout { get; init; }
    public TimeSpan? PhaseTimeout { get; init; }
    public TimeSpan? MeasurementTimeout { get; init; }
    public TimeSpan? RollbackTimeout { get; init; }
    public TimeSpan? WatchInterval { get; init; }

    /// <param name="usual">Holds where nothing is said.</param>
    internal MigrationPolicy ToPolicy(MigrationPolicy usual) =>
        new()
        {
            PhaseFractions = PhaseFractions ?? usual.PhaseFractions,
            MonitoringWindows = MonitoringWindows ?? usual.MonitoringWindows,
            BaselineWindow = BaselineWindow ?? usual.BaselineWindow,
            MinSuccessFraction = MinSuccessFraction ?? usual.MinSuccessFraction,
            MaxDegradation = MaxDegradation ?? usual.MaxDegradation,
            MinRequests = MinRequests ?? usual.MinRequests,
            ErrorRateFloor = ErrorRateFloor ?? usual.ErrorRateFloor,
            AutoApprove = AutoApprove ?? usual.AutoApprove,
            RequesterMayApprove = RequesterMayApprove ?? usual.RequesterMayApprove,
            ApprovalValidFor = ApprovalValidFor ?? usual.ApprovalValidFor,
            MaxPriceDriftFraction = MaxPriceDriftFraction ?? usual.MaxPriceDriftFraction,
            Lookback = Lookback ?? usual.Lookback,
            MinSavingFraction = MinSavingFraction ?? usual.MinSavingFraction,
            Changeover = Changeover ?? usual.Changeover,
            InterruptionCostUsd = InterruptionCostUsd ?? usual.InterruptionCostUsd,
            MaxTargetUtilisation = MaxTargetUtilisation ?? usual.MaxTargetUtilisation,
            MinUtilisationHours = MinUtilisationHours ?? usual.MinUtilisationHours,
            CandidatePools = CandidatePools ?? usual.CandidatePools,
            MaxPoolFraction = MaxPoolFraction ?? usual.MaxPoolFraction,
            MinPlacementScore = MinPlacementScore ?? usual.MinPlacementScore,
            Voters = Voters ?? usual.Voters,
            AnalysisTimeout = AnalysisTimeout ?? usual.AnalysisTimeout,
            VoteTimeout = VoteTimeout ?? usual.VoteTimeout,
            LaunchTimeout = LaunchTimeout ?? usual.LaunchTimeout,
            PhaseTimeout = PhaseTimeout ?? usual.PhaseTimeout,
            MeasurementTimeout = MeasurementTimeout ?? usual.MeasurementTimeout,
            RollbackTimeout = RollbackTimeout ?? usual.RollbackTimeout,
            WatchInterval = WatchInterval ?? usual.WatchInterval,
        };
}
