using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>What a policy must fulfil before a migration runs under it.</summary>
public static class PolicyRules
{
    /// <summary>Far beyond any use, and short of where the calendar ends.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>The first rule that the policy breaks, with its remedy; null when it is sound.</summary>
    public static string? Broken(MigrationPolicy policy)
    {
        // a list that a file gives as null is an empty one
        var fractions = policy.PhaseFractions ?? [];
        var windows = policy.MonitoringWindows ?? [];
        var voters = policy.Voters ?? [];
        if (fractions.Count == 0 || fractions[^1] != 1m || fractions[0] <= 0m || fractions.Zip(fractions.Skip(1)).Any(p => p.First >= p.Second))
            return "phaseFractions must ascend from above 0 and end with 1, for example [0.1, 0.5, 1.0].";
        if (windows.Count != fractions.Count)
            return $"monitoringWindows must name one window for each of the {fractions.Count} phases; it names {windows.Count}.";
        if (windows.Any(w => w <= TimeSpan.Zero || w > Longest))
            return $"every monitoringWindow must be longer than zero and at most {Longest.Days} days.";
        if (voters.Count == 0 || voters.Any(string.IsNullOrWhiteSpace) || voters.Distinct(StringComparer.Ordinal).Count() != voters.Count)
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
            if (value <= TimeSpan.Zero || value > Longest)
                return $"{name} must be longer than zero and at most {Longest.Days} days; it is {value}.";
        }

        if (policy.Changeover < TimeSpan.Zero || policy.Changeover > Longest)
            return $"changeover must be from zero to {Longest.Days} days; it is {policy.Changeover}.";
        if (policy.InterruptionCostUsd < 0)
            return $"interruptionCostUsd must not be negative; it is {policy.InterruptionCostUsd}.";
        if (policy.MinUtilisationHours < 0)
            return $"minUtilisationHours must not be negative; it is {policy.MinUtilisationHours}.";
        if (policy.MinPlacementScore is < 1 or > 10)
            return $"minPlacementScore must lie between 1 and 10, as the cloud's scores do; it is {policy.MinPlacementScore}.";
        return policy.VoteTimeout <= policy.BaselineWindow
            ? $"voteTimeout ({policy.VoteTimeout}) must be longer than baselineWindow ({policy.BaselineWindow}), or the Application agent cannot answer in time."
            : policy.MinRequests < 1 || policy.CandidatePools < 1 ? "minRequests and candidatePools must be at least 1." : null;
    }
}
