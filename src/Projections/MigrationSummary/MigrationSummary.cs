using System.Collections.Immutable;
using System.Globalization;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Projections;

/// <summary>Where does a migration stand, what did it promise and what has it brought?</summary>
public sealed record MigrationSummary
{
    public required Guid Id { get; init; }
    public required string CustomerId { get; init; }
    public required MigrationStatus Status { get; init; }
    public required string RequestedBy { get; init; }
    public required DateTimeOffset RequestedAt { get; init; }
    /// <summary>When it was complete, failed, rolled back or cancelled.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public int InstancesAnalysed { get; init; }
    /// <summary>What the analysed fleet cost per month when it was analysed.</summary>
    public decimal FleetMonthlyUsd { get; init; }
    public int Opportunities { get; init; }
    public ImmutableSortedDictionary<RefusalReason, int> Refusals { get; init; } = ImmutableSortedDictionary<RefusalReason, int>.Empty;

    public ImmutableList<string> Voters { get; init; } = [];
    /// <summary>In the order in which they came.</summary>
    public ImmutableList<VoteSummary> Votes { get; init; } = [];

    public string? PlanHash { get; init; }
    public int PlannedInstances { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public string? ApprovedBy { get; init; }

    public int PhaseCount { get; init; }
    /// <summary>The phase that runs or ran last, from 1; 0 before the first.</summary>
    public int Phase { get; init; }
    /// <summary>Cumulative target of that phase.</summary>
    public int Percent { get; init; }
    /// <summary>Instances of all phases so far.</summary>
    public int PhasedInstances { get; init; }
    public DateTimeOffset? WindowEndsAt { get; init; }

    /// <summary>Instances whose traffic a replacement has.</summary>
    public ImmutableSortedSet<string> MovedInstanceIds { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    public int Moved => MovedInstanceIds.Count;
    public int Failed { get; init; }
    public int RolledBack { get; init; }
    public int Retired { get; init; }
    public int Interruptions { get; init; }
    public int ReturnedToOnDemand { get; init; }

    public QualitySummary? LastQuality { get; init; }

    /// <summary>Monthly, of the plan as it stands; null before there is one.</summary>
    public decimal? PromisedSavingMonthlyUsd { get; init; }
    /// <summary>Monthly, from what the replacements have cost; grows while the old instances are retired.</summary>
    public decimal RealisedSavingMonthlyUsd { get; init; }

    /// <summary>Why it failed, was rolled back or cancelled.</summary>
    public string? Reason { get; init; }
    /// <summary>After a rollback: the fleet was compared with the one that was analysed and is the same.</summary>
    public bool? FleetAsBefore { get; init; }
    /// <summary>What a person is asked now, with what to do; null when nobody is.</summary>
    public string? Question { get; init; }

    public bool IsOver => Status is MigrationStatus.Complete or MigrationStatus.Failed or MigrationStatus.RolledBack or MigrationStatus.Cancelled;
}

/// <param name="Excluded">Instances that the agent takes out of the plan.</param>
public sealed record VoteSummary(string Agent, bool Approved, double Confidence, int Excluded);

/// <summary>The last measurement against the baseline: seconds and fractions.</summary>
public sealed record QualitySummary(
    int Phase,
    QualityVerdict Verdict,
    double? Degradation,
    double? BaselineP95Seconds,
    double? P95Seconds,
    double? BaselineErrorRate,
    double? ErrorRate,
    string Explanation,
    DateTimeOffset At);

/// <inheritdoc cref="MigrationSummary"/>
public sealed class MigrationSummaryProjection : SingleStreamProjection<MigrationSummary>
{
    public static MigrationSummary Create(MigrationRequested e) => new()
    {
        Id = e.MigrationId,
        CustomerId = e.CustomerId,
        Status = MigrationStatus.Pending,
        RequestedBy = e.RequestedBy,
        RequestedAt = e.At,
        PhaseCount = e.Policy.PhaseFractions.Count,
    };

    public static MigrationSummary Apply(AnalysisStarted e, MigrationSummary s) => s with { Status = MigrationStatus.Analyzing };

    public static MigrationSummary Apply(FleetAnalyzed e, MigrationSummary s) => s with
    {
        Status = MigrationStatus.Analyzing,
        InstancesAnalysed = e.Observation.Instances.Count,
        FleetMonthlyUsd = e.FleetMonthlyUsd,
        Opportunities = e.Opportunities,
        Refusals = e.Refusals.GroupBy(r => r.Reason).ToImmutableSortedDictionary(g => g.Key, g => g.Count()),
    };

    public static MigrationSummary Apply(VotesRequested e, MigrationSummary s) =>
        OnPlan(s, e.Plan, e.PlanHash) with { Status = MigrationStatus.Coordinating, Voters = [.. e.Voters] };

    public static MigrationSummary Apply(AgentApproved e, MigrationSummary s) => s with { Votes = s.Votes.Add(new VoteSummary(e.Agent, true, e.Confidence, 0)) };

    public static MigrationSummary Apply(AgentRejected e, MigrationSummary s) =>
        s with { Votes = s.Votes.Add(new VoteSummary(e.Agent, false, e.Confidence, e.InstanceIds.Count)) };

    public static MigrationSummary Apply(ApprovalRequested e, MigrationSummary s) => OnPlan(s, e.Plan, e.PlanHash) with
    {
        Status = MigrationStatus.AwaitingApproval,
        ExpiresAt = e.ExpiresAt,
        Question = string.Create(CultureInfo.InvariantCulture,
            $"Move {e.Plan.Moves.Count} instances to spot for a saving of {e.Plan.PromisedSavingMonthlyUsd:0.00} USD a month? Answer until {e.ExpiresAt:u}: `optiinfra approve {e.MigrationId}` or `optiinfra reject {e.MigrationId} --reason …`."),
    };

    public static MigrationSummary Apply(CustomerApproved e, MigrationSummary s) => s with { ApprovedBy = e.ApprovedBy, Question = null };

    public static MigrationSummary Apply(CustomerRejected e, MigrationSummary s) => s with { Question = null, Reason = e.Reason };

    public static MigrationSummary Apply(ApprovalExpired e, MigrationSummary s) => s with { Question = null };

    public static MigrationSummary Apply(PhaseStarted e, MigrationSummary s) => s with
    {
        Status = StatusOfPhase(e.Phase, s.PhaseCount),
        Phase = e.Phase,
        Percent = e.Percent,
        PhasedInstances = s.PhasedInstances + e.InstanceIds.Count,
        WindowEndsAt = null,
        Question = null,
    };

    public static MigrationSummary Apply(InstanceMigrated e, MigrationSummary s) => s with { MovedInstanceIds = s.MovedInstanceIds.Add(e.InstanceId) };

    public static MigrationSummary Apply(InstanceMigrationFailed e, MigrationSummary s) =>
        s with { MovedInstanceIds = s.MovedInstanceIds.Remove(e.InstanceId), Failed = s.Failed + 1 };

    public static MigrationSummary Apply(InstanceInterrupted e, MigrationSummary s) =>
        s with { MovedInstanceIds = s.MovedInstanceIds.Remove(e.InstanceId), Interruptions = s.Interruptions + 1 };

    public static MigrationSummary Apply(InstanceReturnedToOnDemand e, MigrationSummary s) =>
        s with { MovedInstanceIds = s.MovedInstanceIds.Remove(e.InstanceId), ReturnedToOnDemand = s.ReturnedToOnDemand + 1 };

    public static MigrationSummary Apply(PhaseCompleted e, MigrationSummary s) => s with
    {
        Status = e.Phase == s.PhaseCount || s.PhasedInstances == s.PlannedInstances ? MigrationStatus.Monitoring : s.Status,
        WindowEndsAt = e.WindowEndsAt,
    };

    public static MigrationSummary Apply(QualityMeasured e, MigrationSummary s) => s with
    {
        WindowEndsAt = null,
        LastQuality = new QualitySummary(
            e.Phase,
            e.Comparison.Verdict,
            e.Comparison.Degradation,
            e.Comparison.BaselineP95Seconds,
            e.Comparison.P95Seconds,
            e.Comparison.BaselineErrorRate,
            e.Comparison.ErrorRate,
            e.Comparison.Explanation,
            e.At),
    };

    public static MigrationSummary Apply(MonitoringExtended e, MigrationSummary s) => s with { WindowEndsAt = e.WindowEndsAt };

    public static MigrationSummary Apply(RolloutPaused e, MigrationSummary s) => s with
    {
        Status = MigrationStatus.Paused,
        WindowEndsAt = null,
        Question = $"The rollout stands still: {e.Reason} `optiinfra resume {e.MigrationId}` watches again, `optiinfra resume {e.MigrationId} --accept-quality` goes on, `optiinfra cancel {e.MigrationId} --reason …` rolls back.",
    };

    public static MigrationSummary Apply(RolloutResumed e, MigrationSummary s) => s with
    {
        Status = s.PhasedInstances == s.PlannedInstances ? MigrationStatus.Monitoring : StatusOfPhase(e.Phase, s.PhaseCount),
        WindowEndsAt = e.WindowEndsAt,
        Question = null,
    };

    public static MigrationSummary Apply(CancellationRequested e, MigrationSummary s) => s with { Reason = e.Reason, Question = null };

    public static MigrationSummary Apply(RollbackStarted e, MigrationSummary s) =>
        s with { Status = MigrationStatus.RollingBack, Reason = e.Reason, WindowEndsAt = null, Question = null };

    public static MigrationSummary Apply(InstanceRolledBack e, MigrationSummary s) =>
        s with { MovedInstanceIds = s.MovedInstanceIds.Remove(e.InstanceId), RolledBack = s.RolledBack + 1 };

    public static MigrationSummary Apply(AttentionNeeded e, MigrationSummary s) =>
        s with { Question = $"The {e.Step} needs a look, it goes on trying: {e.Reason}" };

    public static MigrationSummary Apply(MigrationRolledBack e, MigrationSummary s) =>
        Ended(s, MigrationStatus.RolledBack, e.At) with { Reason = e.Reason, FleetAsBefore = e.FleetAsBefore };

    public static MigrationSummary Apply(MigrationCancelled e, MigrationSummary s) =>
        Ended(s, MigrationStatus.Cancelled, e.At) with { Reason = e.Reason, FleetAsBefore = e.FleetAsBefore };

    public static MigrationSummary Apply(RetirementStarted e, MigrationSummary s) => s with { Status = MigrationStatus.Monitoring, WindowEndsAt = null };

    public static MigrationSummary Apply(InstanceRetired e, MigrationSummary s) => s with
    {
        Retired = s.Retired + 1,
        RealisedSavingMonthlyUsd = s.RealisedSavingMonthlyUsd + Contracts.Money.MonthlyUsd(e.OnDemandHourlyUsd - e.ReplacementHourlyUsd),
    };

    public static MigrationSummary Apply(MigrationCompleted e, MigrationSummary s) => Ended(s, MigrationStatus.Complete, e.At) with
    {
        PromisedSavingMonthlyUsd = e.PromisedSavingMonthlyUsd,
        RealisedSavingMonthlyUsd = e.RealisedSavingMonthlyUsd,
    };

    public static MigrationSummary Apply(MigrationFailed e, MigrationSummary s) => Ended(s, MigrationStatus.Failed, e.At) with { Reason = e.Reason };

    static MigrationSummary OnPlan(MigrationSummary s, MigrationPlan plan, string hash) =>
        s with { PlanHash = hash, PlannedInstances = plan.Moves.Count, PromisedSavingMonthlyUsd = plan.PromisedSavingMonthlyUsd };

    static MigrationSummary Ended(MigrationSummary s, MigrationStatus status, DateTimeOffset at) =>
        s with { Status = status, EndedAt = at, WindowEndsAt = null, Question = null };

    static MigrationStatus StatusOfPhase(int phase, int phaseCount) =>
        phase == 1 ? MigrationStatus.Executing10Percent
        : phase == phaseCount ? MigrationStatus.Executing100Percent
        : MigrationStatus.Executing50Percent;
}
