using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>What a policy must fulfil before a migration runs under it.</summary>
public static class PolicyRules
{
    /// <summary>The first rule that the policy breaks, with its remedy; null when it is sound.</summary>
    public static string? Broken(MigrationPolicy policy)
    {
        var fractions = policy.PhaseFractions;
        if (fractions.Count == 0 || fractions[^1] != 1m || fractions[0] <= 0m || fractions.Zip(fractions.Skip(1)).Any(p => p.First >= p.Second))
            return "phaseFractions must ascend from above 0 and end with 1, for example [0.1, 0.5, 1.0].";
        if (policy.MonitoringWindows.Count != fractions.Count)
            return $"monitoringWindows must name one window for each of the {fractions.Count} phases; it names {policy.MonitoringWindows.Count}.";
        if (policy.MonitoringWindows.Any(w => w <= TimeSpan.Zero))
            return "every monitoringWindow must be longer than zero.";
        if (policy.Voters.Count == 0 || policy.Voters.Distinct(StringComparer.Ordinal).Count() != policy.Voters.Count)
            return "voters must name at least one agent, each once.";
        (string Name, double Value)[] inUnit =
        [
            ("minSuccessFraction", (double)policy.MinSuccessFraction),
            ("maxDegradation", policy.MaxDegradation),
            ("errorRateFloor", policy.ErrorRateFloor),
            ("maxPriceDriftFraction", (double)policy.MaxPriceDriftFraction),
            ("minSavingFraction", (double)policy.MinSavingFraction),
            ("maxTargetUtilisation", policy.MaxTargetUtilisation),
            ("maxPoolFraction", (double)policy.MaxPoolFraction),
        ];
        foreach (var (name, value) in inUnit)
        {
            if (value is not (>= 0 and <= 1))
                return $"{name} must lie between 0 and 1; it is {value}.";
        }

        if (policy.ErrorRateFloor == 0)
            return "errorRateFloor must be above 0; 0.01 is usual.";
        (string Name, TimeSpan Value)[] durations =
        [
            ("approvalValidFor", policy.ApprovalValidFor), ("lookback", policy.Lookback), ("baselineWindow", policy.BaselineWindow),
            ("analysisTimeout", policy.AnalysisTimeout), ("voteTimeout", policy.VoteTimeout), ("launchTimeout", policy.LaunchTimeout),
            ("phaseTimeout", policy.PhaseTimeout), ("measurementTimeout", policy.MeasurementTimeout), ("rollbackTimeout", policy.RollbackTimeout),
            ("watchInterval", policy.WatchInterval),
        ];
        foreach (var (name, value) in durations)
        {
            if (value <= TimeSpan.Zero)
                return $"{name} must be longer than zero; it is {value}.";
        }

        return policy.VoteTimeout <= policy.BaselineWindow
            ? $"voteTimeout ({policy.VoteTimeout}) must be longer than baselineWindow ({policy.BaselineWindow}), or the Application agent cannot answer in time."
            : policy.MinRequests < 1 || policy.CandidatePools < 1 ? "minRequests and candidatePools must be at least 1." : null;
    }
}
