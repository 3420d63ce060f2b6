using System.Collections.Immutable;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>The state of one spot migration, folded from its events.</summary>
public sealed record SpotMigration
{
    public required Guid Id { get; init; }
    public required string CustomerId { get; init; }
    public required string RequestedBy { get; init; }
    /// <summary>The identity that was signed in when it was requested; null at the command line.</summary>
    public string? RequesterId { get; init; }
    public required FleetSelector Fleet { get; init; }
    public required MigrationPolicy Policy { get; init; }
    public MigrationStatus Status { get; init; } = MigrationStatus.Pending;

    public FleetObservation? Observation { get; init; }
    public ImmutableList<Opportunity> Opportunities { get; init; } = [];

    public MigrationPlan? Plan { get; init; }
    public string? PlanHash { get; init; }
    public ImmutableDictionary<string, AgentVote> Votes { get; init; } = ImmutableDictionary<string, AgentVote>.Empty;
    public ImmutableDictionary<string, QualityWindow> Baseline { get; init; } = ImmutableDictionary<string, QualityWindow>.Empty;
    public bool BaselineTaken { get; init; }
    public DateTimeOffset? ApprovalExpiresAt { get; init; }
    public bool ApprovalHasExpired { get; init; }
    public string? ApprovedBy { get; init; }

    /// <summary>The phase that runs or ran last, from 1; 0 before the first.</summary>
    public int Phase { get; init; }
    public PhaseStage Stage { get; init; }
    public ImmutableDictionary<string, Move> Moves { get; init; } = ImmutableDictionary<string, Move>.Empty;
    public DateTimeOffset? WindowEndsAt { get; init; }
    public bool WindowExtended { get; init; }
    /// <summary>Counters of the moved instances when the present window opened, by instance.</summary>
    public ImmutableDictionary<string, QualitySnapshot>? WindowOpenedWith { get; init; }
    /// <summary>Number of the measurement asked for last.</summary>
    public int Check { get; init; }
    public DateTimeOffset? CheckRequestedAt { get; init; }

    public ImmutableList<string> RollingBack { get; init; } = [];
    public RollbackTrigger? RollbackTrigger { get; init; }
    public string? EndReason { get; init; }
    public string? CancelledBy { get; init; }
    public decimal RealisedHourlyUsd { get; init; }

    public bool IsOver => Status is MigrationStatus.Complete or MigrationStatus.Failed or MigrationStatus.RolledBack or MigrationStatus.Cancelled;

    /// <summary>Instances may be moved or replaced now.</summary>
    public bool IsExecuting => Stage is PhaseStage.Moving or PhaseStage.Watching or PhaseStage.Measuring or PhaseStage.Passed or PhaseStage.Paused
        && Status is not MigrationStatus.RollingBack && !IsOver;

    public PlannedMove? Planned(string instanceId) => Plan?.Moves.FirstOrDefault(m => m.InstanceId == instanceId);

    public static SpotMigration Create(MigrationRequested e) =>
        new() { Id = e.MigrationId, CustomerId = e.CustomerId, RequestedBy = e.RequestedBy, RequesterId = e.RequesterId, Fleet = e.Fleet, Policy = e.Policy };

    public SpotMigration Apply(AnalysisStarted e) => this with { Status = MigrationStatus.Analyzing };

    public SpotMigration Apply(FleetAnalyzed e) => this with { Status = MigrationStatus.Analyzing, Observation = e.Observation };

    public SpotMigration Apply(OpportunityFound e) => this with { Opportunities = Opportunities.Add(e.Opportunity) };

    public SpotMigration Apply(VotesRequested e) => this with { Status = MigrationStatus.Coordinating, Plan = e.Plan, PlanHash = e.PlanHash };

    public SpotMigration Apply(QualityBaselineTaken e) => this with { BaselineTaken = true, Baseline = e.Windows.ToImmutableDictionary(w => w.InstanceId, StringComparer.Ordinal) };

    public SpotMigration Apply(AgentApproved e) => this with { Votes = Votes.SetItem(e.Agent, new AgentVote(true, [], e.Concerns)) };

    public SpotMigration Apply(AgentRejected e) => this with { Votes = Votes.SetItem(e.Agent, new AgentVote(false, e.InstanceIds, e.Concerns)) };

    public SpotMigration Apply(ApprovalRequested e) =>
        this with { Status = MigrationStatus.AwaitingApproval, Plan = e.Plan, PlanHash = e.PlanHash, ApprovalExpiresAt = e.ExpiresAt };

    public SpotMigration Apply(ApprovalExpired e) => this with { ApprovalHasExpired = true };

    public SpotMigration Apply(CustomerApproved e) => this with { ApprovedBy = e.ApprovedBy };

    public SpotMigration Apply(PhaseStarted e) => this with
    {
        Status = StatusOfPhase(e.Phase),
        Phase = e.Phase,
        Stage = PhaseStage.Moving,
        Moves = Moves.SetItems(e.InstanceIds.Select(id => KeyValuePair.Create(id, new Move(id, e.Phase, MoveStatus.Waiting, [], 0)))),
        WindowEndsAt = null,
        WindowOpenedWith = null,
        WindowExtended = false,
    };

    public SpotMigration Apply(InstanceMigrationStarted e) => WithMove(e.InstanceId, m => m with
    {
        Status = MoveStatus.Starting,
        Attempts = m.Attempts.Add(new Attempt(e.Attempt, e.Pool, e.HourlyUsd, e.ClientToken, e.At)),
    });

    public SpotMigration Apply(ReplacementLaunched e) =>
        WithMove(e.InstanceId, m => (m with { Status = MoveStatus.Launched }).WithCurrent(a => a with { ReplacementId = e.ReplacementId }));

    public SpotMigration Apply(LaunchFailed e) =>
        WithMove(e.InstanceId, m => (m with { Status = MoveStatus.Waiting }).WithCurrent(a => a with { Failure = e.ErrorCode, ReplacementId = e.ReplacementId ?? a.ReplacementId }));

    public SpotMigration Apply(InstanceMigrated e) => WithMove(e.InstanceId, m =>
        (m with { Status = MoveStatus.Migrated, MigratedOrder = Moves.Values.Max(x => x.MigratedOrder) + 1 }).WithCurrent(a => a with { MigratedAt = e.At }));

    public SpotMigration Apply(InstanceMigrationFailed e) => WithMove(e.InstanceId, m => m with { Status = MoveStatus.Failed });

    public SpotMigration Apply(InstanceInterrupted e) =>
        WithMove(e.InstanceId, m => (m with { Status = MoveStatus.Interrupted }).WithCurrent(a => a with { Failure = Move.Interruption }));

    public SpotMigration Apply(InstanceReturnedToOnDemand e) => WithMove(e.InstanceId, m => m with { Status = MoveStatus.ReturnedToOnDemand });

    public SpotMigration Apply(PhaseCompleted e) => this with
    {
        Status = e.Phase == Policy.PhaseFractions.Count || Moves.Count == Plan!.Moves.Count ? MigrationStatus.Monitoring : Status,
        Stage = PhaseStage.Watching,
        WindowEndsAt = e.WindowEndsAt,
    };

    public SpotMigration Apply(QualityWindowOpened e) => this with
    {
        WindowOpenedWith = (WindowOpenedWith ?? ImmutableDictionary<string, QualitySnapshot>.Empty).SetItems(e.Snapshots.Select(s => KeyValuePair.Create(s.InstanceId, s))),
    };

    public SpotMigration Apply(QualityCheckRequested e) => this with { Stage = PhaseStage.Measuring, Check = e.Check, CheckRequestedAt = e.At };

    public SpotMigration Apply(QualityMeasured e) => this with { Stage = e.Comparison.Verdict == QualityVerdict.Healthy ? PhaseStage.Passed : PhaseStage.Watching };

    public SpotMigration Apply(MonitoringExtended e) => this with { Stage = PhaseStage.Watching, WindowExtended = true, WindowEndsAt = e.WindowEndsAt };

    public SpotMigration Apply(RolloutPaused e) => this with { Stage = PhaseStage.Paused, Status = MigrationStatus.Paused, WindowEndsAt = null };

    public SpotMigration Apply(RolloutResumed e) => this with
    {
        Status = Moves.Count == Plan!.Moves.Count ? MigrationStatus.Monitoring : StatusOfPhase(e.Phase),
        Stage = e.QualityAccepted ? PhaseStage.Passed : PhaseStage.Watching,
        WindowEndsAt = e.WindowEndsAt,
        WindowExtended = false,
    };

    public SpotMigration Apply(CancellationRequested e) => this with { CancelledBy = e.RequestedBy, EndReason = e.Reason };

    public SpotMigration Apply(RollbackStarted e) => this with
    {
        Status = MigrationStatus.RollingBack,
        RollbackTrigger = e.Trigger,
        EndReason = e.Reason,
        RollingBack = [.. e.InstanceIds],
    };

    public SpotMigration Apply(InstanceRolledBack e) => WithMove(e.InstanceId, m => m with { Status = MoveStatus.RolledBack });

    public SpotMigration Apply(MigrationRolledBack e) => this with { Status = MigrationStatus.RolledBack, EndReason = e.Reason };

    public SpotMigration Apply(MigrationCancelled e) => this with { Status = MigrationStatus.Cancelled, CancelledBy = e.CancelledBy, EndReason = e.Reason };

    public SpotMigration Apply(RetirementStarted e) => this with { Status = MigrationStatus.Monitoring, Stage = PhaseStage.Retiring };

    public SpotMigration Apply(InstanceRetired e) =>
        WithMove(e.InstanceId, m => m with { Status = MoveStatus.Retired }) with { RealisedHourlyUsd = RealisedHourlyUsd + e.OnDemandHourlyUsd - e.ReplacementHourlyUsd };

    public SpotMigration Apply(MigrationCompleted e) => this with { Status = MigrationStatus.Complete };

    public SpotMigration Apply(MigrationFailed e) => this with { Status = MigrationStatus.Failed, EndReason = e.Reason };

    SpotMigration WithMove(string instanceId, Func<Move, Move> change) => this with { Moves = Moves.SetItem(instanceId, change(Moves[instanceId])) };

    MigrationStatus StatusOfPhase(int phase) =>
        phase == Policy.PhaseFractions.Count ? MigrationStatus.Executing100Percent
        : phase == 1 ? MigrationStatus.Executing10Percent
        : MigrationStatus.Executing50Percent;
}

/// <summary>Where the present phase stands.</summary>
public enum PhaseStage
{
    None,
    /// <summary>Its instances move.</summary>
    Moving,
    /// <summary>They have moved; the window runs.</summary>
    Watching,
    /// <summary>The window is over; the measurement is awaited.</summary>
    Measuring,
    /// <summary>The gate has passed.</summary>
    Passed,
    Paused,
    Retiring,
}

public sealed record AgentVote(bool Approved, IReadOnlyList<string> InstanceIds, IReadOnlyList<string> Concerns);
