using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

// cancellation, rollback, retirement, timeouts
public static partial class SpotMigrationDecider
{
    static Decision Cancel(SpotMigration state, CancelMigration c, DateTimeOffset now)
    {
        if (state.IsOver || state.Status is MigrationStatus.RollingBack)
            return NotNow(state, "Cancelling");
        if (state.Stage is PhaseStage.Retiring)
            return Decision.Refuse("too_late", "The last gate has passed and the old instances are being retired; the migration cannot be cancelled any more. Request a migration back instead.");
        var requested = new CancellationRequested(state.Id, c.RequestedBy, c.Reason, now);
        return Touched(state).Count == 0
            ? Decision.Accept(requested, new MigrationCancelled(state.Id, c.RequestedBy, c.Reason, FleetAsBefore: true, Differences: [], now))
            : Decision.Accept([requested, .. Rollback(state, RollbackTrigger.Cancelled, c.Reason, now)]);
    }

    /// <summary>The rollback; already over when no launch was ever intended, so that it waits for no agent.</summary>
    static IReadOnlyList<object> Rollback(SpotMigration state, RollbackTrigger trigger, string reason, DateTimeOffset now)
    {
        var started = new RollbackStarted(state.Id, trigger, reason, Touched(state), now);
        return started.InstanceIds.Count == 0 ? [started, new MigrationRolledBack(state.Id, reason, FleetAsBefore: true, Differences: [], now)] : [started];
    }

    /// <summary>Instances for which something may have been launched: those with traffic moved newest first, then the rest.</summary>
    static List<string> Touched(SpotMigration state) =>
    [
        .. state.Moves.Values.Where(m => m.Attempts.Count > 0)
            .OrderByDescending(m => m.MigratedOrder).ThenByDescending(m => m.Phase).ThenByDescending(m => m.Current!.StartedAt).ThenBy(m => m.InstanceId, StringComparer.Ordinal)
            .Select(m => m.InstanceId),
    ];

    static Decision RecordRolledBack(SpotMigration state, RecordInstanceRolledBack c, DateTimeOffset now)
    {
        if (!state.RollingBack.Contains(c.InstanceId))
        {
            return state.Status is MigrationStatus.RollingBack
                ? Decision.Refuse("not_in_rollback", $"Nothing was launched for {c.InstanceId}; there is nothing to roll back.")
                : NotNow(state, $"Rolling back {c.InstanceId}");
        }

        return state.Moves[c.InstanceId].Status is MoveStatus.RolledBack
            ? Decision.Nothing
            : Decision.Accept(new InstanceRolledBack(state.Id, c.InstanceId, c.ReplacementIds, c.RestoredInstanceId, now));
    }

    static Decision ConcludeRollback(SpotMigration state, ConcludeRollback c, DateTimeOffset now)
    {
        if (state.Status is not MigrationStatus.RollingBack)
            return state.IsOver ? Decision.Nothing : NotNow(state, "Concluding a rollback");
        if (state.RollingBack.FirstOrDefault(id => state.Moves[id].Status is not MoveStatus.RolledBack) is { } left)
            return Decision.Refuse("rollback_unfinished", $"{left} has not been rolled back yet.");
        var asBefore = c.Differences.Count == 0;
        return Decision.Accept(state.RollbackTrigger is RollbackTrigger.Cancelled
            ? new MigrationCancelled(state.Id, state.CancelledBy!, state.EndReason!, asBefore, c.Differences, now)
            : new MigrationRolledBack(state.Id, state.EndReason!, asBefore, c.Differences, now));
    }

    static Decision RecordRetired(SpotMigration state, RecordInstanceRetired c, DateTimeOffset now)
    {
        if (state.Stage is not PhaseStage.Retiring || !state.Moves.TryGetValue(c.InstanceId, out var move))
            return NotNow(state, $"Retiring {c.InstanceId}");
        if (move.Status is MoveStatus.Retired)
            return Decision.Nothing;
        if (move.Status is not MoveStatus.Migrated)
            return Decision.Refuse("not_migrated", $"{c.InstanceId} is {move.Status}, not moved; it stays.");
        if (move.Current!.ReplacementId != c.ReplacementId)
            return OtherReplacement(move, c.ReplacementId);
        return Decision.Accept(new InstanceRetired(state.Id, c.InstanceId, c.ReplacementId, state.Planned(c.InstanceId)!.OnDemandHourlyUsd, c.ReplacementHourlyUsd, now));
    }

    static Decision Complete(SpotMigration state, DateTimeOffset now)
    {
        if (state.Stage is not PhaseStage.Retiring || state.IsOver || state.Moves.Values.Any(m => !m.IsSettled || m.Status is MoveStatus.Migrated))
            return Decision.Nothing;
        return Decision.Accept(new MigrationCompleted(state.Id, state.Moves.Values.Count(m => m.Status is MoveStatus.Retired),
            state.Plan!.PromisedSavingMonthlyUsd, Money.MonthlyUsd(state.RealisedHourlyUsd), now));
    }

    static Decision TimeOut(SpotMigration state, TimeOut c, DateTimeOffset now) => c.WaitingFor switch
    {
        WaitingFor.Analysis when state.Status is MigrationStatus.Pending or MigrationStatus.Analyzing && state.Observation is null =>
            Decision.Accept(new MigrationFailed(state.Id, $"The cost agent did not analyse the fleet within {state.Policy.AnalysisTimeout}; see the agents' logs and the queue cost-agent, then request a new migration.", now)),
        WaitingFor.Votes when MissingVoters(state).Count == 0 => CloseVoting(state, now),
        WaitingFor.Votes when state.Status is MigrationStatus.Coordinating && MissingVoters(state) is var missing =>
            Decision.Accept(new MigrationFailed(state.Id, $"No vote from {string.Join(", ", missing)} within {state.Policy.VoteTimeout}; nothing was moved. See that agent's log and its queue, then request a new migration.", now)),
        WaitingFor.Phase when IsSettled(state, c.Phase) => CompletePhase(state, new CompletePhase(state.Id, c.Phase), now),
        WaitingFor.Phase when state.IsExecuting && state.Stage is PhaseStage.Moving && state.Phase == c.Phase =>
            Decision.Accept(Rollback(state, RollbackTrigger.PhaseTimedOut, $"Phase {c.Phase} did not finish within {state.Policy.PhaseTimeout}.", now)),
        WaitingFor.Measurement when state.IsExecuting && state.Stage is PhaseStage.Measuring && state.Phase == c.Phase
            && HasEnded(state.CheckRequestedAt + state.Policy.MeasurementTimeout, state.Policy.MeasurementTimeout, now) =>
            Decision.Accept(Rollback(state, RollbackTrigger.MeasurementTimedOut, $"The application agent did not measure phase {c.Phase} within {state.Policy.MeasurementTimeout}; unwatched changes do not stay.", now)),
        WaitingFor.Rollback when state.Status is MigrationStatus.RollingBack =>
            Decision.Accept(new AttentionNeeded(state.Id, "rollback", $"The rollback has not finished within {state.Policy.RollbackTimeout}; it goes on trying.", now)),
        WaitingFor.Retirement when state.Stage is PhaseStage.Retiring && !state.IsOver =>
            Decision.Accept(new AttentionNeeded(state.Id, "retirement", $"The old instances are not all retired after {state.Policy.RollbackTimeout}; it goes on trying.", now)),
        _ => Decision.Nothing,
    };
}
