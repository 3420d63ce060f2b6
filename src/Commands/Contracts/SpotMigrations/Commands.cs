using OptiInfra.Contracts.Access;

namespace OptiInfra.Contracts.SpotMigrations;

/// <summary>A command to one spot migration.</summary>
public interface ISpotMigrationCommand : ICommand
{
    Guid MigrationId { get; }

    Guid ICommand.StreamId => MigrationId;
}

// by a person
/// <param name="Requester">Who was signed in; null at the command line of the machine, where nobody is.</param>
public sealed record RequestMigration(Guid MigrationId, string CustomerId, string RequestedBy, FleetSelector Fleet, MigrationPolicy Policy, SignedInPerson? Requester = null) : ISpotMigrationCommand;
/// <param name="Approver">Who was signed in; null at the command line of the machine, and where the policy approves.</param>
public sealed record ApproveMigration(Guid MigrationId, string PlanHash, string ApprovedBy, bool ByPolicy = false, SignedInPerson? Approver = null) : ISpotMigrationCommand;
public sealed record RejectMigration(Guid MigrationId, string RejectedBy, string Reason) : ISpotMigrationCommand;
public sealed record CancelMigration(Guid MigrationId, string RequestedBy, string Reason) : ISpotMigrationCommand;
/// <summary>Lets a paused rollout go on: its window is watched and measured again, or, with <paramref name="AcceptQuality"/>, its quality is taken as good on the person's word.</summary>
public sealed record ResumeMigration(Guid MigrationId, string ResumedBy, bool AcceptQuality = false) : ISpotMigrationCommand;

// by the agents
public sealed record RecordFleetAnalysis(
    Guid MigrationId,
    FleetObservation Observation,
    decimal FleetMonthlyUsd,
    IReadOnlyList<Opportunity> Opportunities,
    IReadOnlyList<InstanceRefusal> Refusals) : ISpotMigrationCommand;

/// <summary>The fleet cannot be analysed as it was asked for, and trying again will not help.</summary>
public sealed record FailAnalysis(Guid MigrationId, string Reason) : ISpotMigrationCommand;

public sealed record RecordBaseline(Guid MigrationId, IReadOnlyList<QualityWindow> Windows, IReadOnlyList<string> Unreadable) : ISpotMigrationCommand;

/// <param name="Approved">False rejects <paramref name="InstanceIds"/>, or the whole plan when it is empty.</param>
/// <param name="Observed">What the verdict was computed from, so that it can be computed again; null from before votes carried it.</param>
public sealed record CastVote(
    Guid MigrationId,
    string Agent,
    string PlanHash,
    bool Approved,
    double Confidence,
    IReadOnlyList<string> InstanceIds,
    IReadOnlyList<string> Concerns,
    IReadOnlyList<string> Recommendations,
    IReadOnlyDictionary<string, string> Evidence,
    VoteObservation? Observed = null) : ISpotMigrationCommand;

/// <summary>Intent to launch a replacement in a pool; the client token is derived, so the same attempt has the same one.</summary>
public sealed record StartInstanceMigration(Guid MigrationId, string InstanceId, int Attempt, CapacityPool Pool, decimal HourlyUsd) : ISpotMigrationCommand;
public sealed record RecordReplacementLaunched(Guid MigrationId, string InstanceId, int Attempt, string ReplacementId) : ISpotMigrationCommand;
public sealed record RecordLaunchFailed(Guid MigrationId, string InstanceId, int Attempt, string? ReplacementId, string ErrorCode, string Reason) : ISpotMigrationCommand;
public sealed record RecordInstanceMigrated(Guid MigrationId, string InstanceId, int Attempt, string ReplacementId) : ISpotMigrationCommand;
public sealed record FailInstanceMigration(Guid MigrationId, string InstanceId, string Reason) : ISpotMigrationCommand;
public sealed record ReportInterruption(Guid MigrationId, string InstanceId, string ReplacementId, DateTimeOffset? TerminatesAt, string Evidence) : ISpotMigrationCommand;
/// <summary>Gives up on spot for an instance that was interrupted: its old machine serves again.</summary>
public sealed record ReturnToOnDemand(Guid MigrationId, string InstanceId, string Reason) : ISpotMigrationCommand;
public sealed record OpenQualityWindow(Guid MigrationId, int Phase, IReadOnlyList<QualitySnapshot> Snapshots, IReadOnlyList<string> Unreadable) : ISpotMigrationCommand;
public sealed record RecordQuality(Guid MigrationId, int Phase, int Check, IReadOnlyList<QualityWindow> Windows, IReadOnlyList<string> Unreadable) : ISpotMigrationCommand;
public sealed record RecordInstanceRolledBack(Guid MigrationId, string InstanceId, IReadOnlyList<string> ReplacementIds, string RestoredInstanceId) : ISpotMigrationCommand;
/// <param name="Differences">How the fleet differs from the one that was analysed; none is the proof that it is as before.</param>
public sealed record ConcludeRollback(Guid MigrationId, IReadOnlyList<string> Differences) : ISpotMigrationCommand;
public sealed record RecordInstanceRetired(Guid MigrationId, string InstanceId, string ReplacementId, decimal ReplacementHourlyUsd) : ISpotMigrationCommand;
public sealed record ReportAttentionNeeded(Guid MigrationId, string Step, string Reason) : ISpotMigrationCommand;

// by the saga
public sealed record StartAnalysis(Guid MigrationId) : ISpotMigrationCommand;
public sealed record RequestVotes(Guid MigrationId) : ISpotMigrationCommand;
public sealed record CloseVoting(Guid MigrationId) : ISpotMigrationCommand;
public sealed record ExpireApproval(Guid MigrationId) : ISpotMigrationCommand;
/// <summary>Starts the first phase from <paramref name="Phase"/> on that has instances left to move; with none left, the old instances are retired.</summary>
public sealed record StartPhase(Guid MigrationId, int Phase) : ISpotMigrationCommand;
/// <summary>Completes the phase if all its instances are settled; does nothing otherwise.</summary>
public sealed record CompletePhase(Guid MigrationId, int Phase) : ISpotMigrationCommand;
public sealed record RequestQualityCheck(Guid MigrationId, int Phase) : ISpotMigrationCommand;
public sealed record CompleteMigration(Guid MigrationId) : ISpotMigrationCommand;
/// <summary>An agent did not do its part in time.</summary>
public sealed record TimeOut(Guid MigrationId, WaitingFor WaitingFor, int Phase) : ISpotMigrationCommand;

public enum WaitingFor
{
    Analysis,
    Votes,
    Phase,
    Measurement,
    Rollback,
    Retirement,
}
