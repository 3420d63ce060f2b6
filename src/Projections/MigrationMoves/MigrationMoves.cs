using System.Collections.Immutable;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Projections;

/// <summary>Where does each planned instance stand: what runs in its place, in which pool, at what price?</summary>
public sealed record MigrationMoves
{
    /// <summary>The migration's.</summary>
    public required Guid Id { get; init; }
    /// <summary>In the order of the plan.</summary>
    public required ImmutableList<InstanceMove> Moves { get; init; }
}

public enum MoveProgress
{
    Planned,
    /// <summary>Its phase has begun.</summary>
    Waiting,
    Launching,
    /// <summary>A replacement runs, its health is awaited.</summary>
    Launched,
    Moved,
    Interrupted,
    Failed,
    ReturnedToOnDemand,
    RolledBack,
    /// <summary>The old instance is gone; the move is final.</summary>
    Retired,
}

/// <param name="Phase">From 1; 0 while no phase has reached it.</param>
/// <param name="Pool">Of the attempt that runs or ran last.</param>
/// <param name="LastFailure">Why the last attempt that failed did.</param>
public sealed record InstanceMove(
    string InstanceId,
    string InstanceType,
    string AvailabilityZone,
    string? Team,
    decimal OnDemandHourlyUsd,
    int Phase = 0,
    MoveProgress Progress = MoveProgress.Planned,
    int Attempts = 0,
    CapacityPool? Pool = null,
    decimal? HourlyUsd = null,
    string? ReplacementId = null,
    string? LastFailure = null);

/// <inheritdoc cref="MigrationMoves"/>
public sealed class MigrationMovesProjection : SingleStreamProjection<MigrationMoves>
{
    public static MigrationMoves Create(ApprovalRequested e) => new()
    {
        Id = e.MigrationId,
        Moves = [.. e.Plan.Moves.Select(m => new InstanceMove(m.InstanceId, m.InstanceType, m.AvailabilityZone, m.Team, m.OnDemandHourlyUsd))],
    };

    public static MigrationMoves Apply(PhaseStarted e, MigrationMoves m)
    {
        var started = e.InstanceIds.ToHashSet(StringComparer.Ordinal);
        return m with { Moves = m.Moves.ConvertAll(move => started.Contains(move.InstanceId) ? move with { Phase = e.Phase, Progress = MoveProgress.Waiting } : move) };
    }

    public static MigrationMoves Apply(InstanceMigrationStarted e, MigrationMoves m) => With(m, e.InstanceId, move => move with
    {
        Progress = MoveProgress.Launching,
        Attempts = e.Attempt,
        Pool = e.Pool,
        HourlyUsd = e.HourlyUsd,
        ReplacementId = null,
    });

    public static MigrationMoves Apply(ReplacementLaunched e, MigrationMoves m) =>
        With(m, e.InstanceId, move => move with { Progress = MoveProgress.Launched, ReplacementId = e.ReplacementId });

    public static MigrationMoves Apply(LaunchFailed e, MigrationMoves m) =>
        With(m, e.InstanceId, move => move with { Progress = MoveProgress.Waiting, ReplacementId = null, LastFailure = $"{e.ErrorCode} in {e.Pool}: {e.Reason}" });

    public static MigrationMoves Apply(InstanceMigrated e, MigrationMoves m) =>
        With(m, e.InstanceId, move => move with { Progress = MoveProgress.Moved, ReplacementId = e.ReplacementId, Pool = e.Pool, HourlyUsd = e.HourlyUsd });

    public static MigrationMoves Apply(InstanceMigrationFailed e, MigrationMoves m) =>
        With(m, e.InstanceId, move => move with { Progress = MoveProgress.Failed, LastFailure = e.Reason });

    public static MigrationMoves Apply(InstanceInterrupted e, MigrationMoves m) =>
        With(m, e.InstanceId, move => move with { Progress = MoveProgress.Interrupted, LastFailure = $"interrupted in {e.Pool}: {e.Evidence}" });

    public static MigrationMoves Apply(InstanceReturnedToOnDemand e, MigrationMoves m) =>
        With(m, e.InstanceId, move => move with { Progress = MoveProgress.ReturnedToOnDemand, Pool = null, HourlyUsd = null, ReplacementId = null, LastFailure = e.Reason });

    public static MigrationMoves Apply(InstanceRolledBack e, MigrationMoves m) => With(m, e.InstanceId, move => move with
    {
        Progress = MoveProgress.RolledBack,
        Pool = null,
        HourlyUsd = null,
        // the old instance serves again, or what was launched on-demand in its place
        ReplacementId = e.RestoredInstanceId == e.InstanceId ? null : e.RestoredInstanceId,
    });

    public static MigrationMoves Apply(InstanceRetired e, MigrationMoves m) =>
        With(m, e.InstanceId, move => move with { Progress = MoveProgress.Retired, HourlyUsd = e.ReplacementHourlyUsd });

    static MigrationMoves With(MigrationMoves m, string instanceId, Func<InstanceMove, InstanceMove> change)
    {
        var at = m.Moves.FindIndex(move => move.InstanceId == instanceId);
        return at < 0 ? m : m with { Moves = m.Moves.SetItem(at, change(m.Moves[at])) };
    }
}
