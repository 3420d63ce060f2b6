using System.Globalization;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

// phases, moves and gates
public static partial class SpotMigrationDecider
{
    static Decision StartPhase(SpotMigration state, StartPhase c, DateTimeOffset now)
    {
        var mayStart = c.Phase == 1
            ? state.Status is MigrationStatus.AwaitingApproval && state.ApprovedBy is not null
            : state.IsExecuting && state.Stage is PhaseStage.Passed && state.Phase == c.Phase - 1;
        if (!mayStart)
            return state.Phase >= c.Phase || state.Stage is PhaseStage.Retiring ? Decision.Nothing : NotNow(state, $"Starting phase {c.Phase}");
        var moves = state.Plan!.Moves;
        var started = state.Moves.Count;
        for (var phase = c.Phase; phase <= state.Policy.PhaseFractions.Count; phase++)
        {
            var fraction = state.Policy.PhaseFractions[phase - 1];
            var target = PhaseTargets.Target(fraction, moves.Count);
            // small plans: a phase whose target is already reached has nothing to move and nothing to watch
            if (target > started)
                return Decision.Accept(new PhaseStarted(state.Id, phase, (int)(fraction * 100), target, [.. moves.Skip(started).Take(target - started).Select(m => m.InstanceId)], now));
        }

        return Retire(state, now);
    }

    /// <summary>
    /// The old instances of what has moved may go. An instance that lost its replacement and has none yet stays on demand:
    /// no gate is left that would watch a new one before its old machine goes.
    /// </summary>
    static Decision Retire(SpotMigration state, DateTimeOffset now)
    {
        var migrated = state.Moves.Values.Where(m => m.Status is MoveStatus.Migrated).OrderBy(m => m.MigratedOrder).Select(m => m.InstanceId);
        var unsettled = state.Moves.Values.Where(m => !m.IsSettled).OrderBy(m => m.InstanceId, StringComparer.Ordinal);
        return Decision.Accept(
        [
            .. unsettled.Select(m => new InstanceReturnedToOnDemand(state.Id, m.Phase, m.InstanceId, "The last gate passed before another replacement had taken over.", now)),
            new RetirementStarted(state.Id, [.. migrated], now),
        ]);
    }

    static Decision StartMove(SpotMigration state, StartInstanceMigration c, DateTimeOffset now)
    {
        if (!state.IsExecuting)
            return NotNow(state, $"Moving {c.InstanceId}");
        if (!state.Moves.TryGetValue(c.InstanceId, out var move))
            return Decision.Refuse("not_in_phase", $"{c.InstanceId} is not among the instances of phases 1 to {state.Phase}.");
        if (c.Attempt <= move.Attempts.Count)
            return Decision.Nothing;
        if (c.Attempt != move.Attempts.Count + 1 || move.Status is not (MoveStatus.Waiting or MoveStatus.Interrupted))
            return Decision.Refuse("move_not_waiting", $"{c.InstanceId} is {move.Status} after {move.Attempts.Count} attempts; attempt {c.Attempt} cannot start.");
        if (state.Planned(c.InstanceId)!.Candidates.FirstOrDefault(p => p.Pool == c.Pool) is not { } approved)
            return Decision.Refuse("pool_not_approved", $"{c.Pool} is not among the approved pools of {c.InstanceId}.");
        var highest = state.Policy.HighestHourlyUsd(approved);
        if (c.HourlyUsd > highest)
            return Decision.Refuse("price_drift", string.Create(CultureInfo.InvariantCulture, $"{c.Pool} costs {c.HourlyUsd:0.0000} USD/h now; the approval goes up to {highest:0.0000}."));
        return Decision.Accept(new InstanceMigrationStarted(state.Id, move.Phase, c.InstanceId, c.Attempt, c.Pool, c.HourlyUsd,
            ClientToken.For(state.Id, c.InstanceId, c.Attempt, c.Pool), now));
    }

    static Decision RecordLaunched(SpotMigration state, RecordReplacementLaunched c, DateTimeOffset now) =>
        CurrentAttempt(state, $"Keeping {c.ReplacementId}", c.InstanceId, c.Attempt, c.ReplacementId, MoveStatus.Starting, out var answer) is { } move
            ? Decision.Accept(new ReplacementLaunched(state.Id, move.Phase, c.InstanceId, c.Attempt, c.ReplacementId, now))
            : answer!;

    static Decision RecordLaunchFailed(SpotMigration state, RecordLaunchFailed c, DateTimeOffset now)
    {
        if (!state.IsExecuting || !state.Moves.TryGetValue(c.InstanceId, out var move) || move.Current?.Number != c.Attempt
            || move.Status is not (MoveStatus.Starting or MoveStatus.Launched))
            return Decision.Nothing;
        return Decision.Accept(new LaunchFailed(state.Id, move.Phase, c.InstanceId, c.Attempt, move.Current.Pool, c.ReplacementId ?? move.Current.ReplacementId, c.ErrorCode, c.Reason, now));
    }

    static Decision RecordMigrated(SpotMigration state, RecordInstanceMigrated c, DateTimeOffset now) =>
        CurrentAttempt(state, $"Moving traffic to {c.ReplacementId}", c.InstanceId, c.Attempt, c.ReplacementId, MoveStatus.Launched, out var answer) is { } move
            ? Decision.Accept(new InstanceMigrated(state.Id, move.Phase, c.InstanceId, c.Attempt, c.ReplacementId, move.Current!.Pool, move.Current.HourlyUsd, now))
            : answer!;

    static Decision FailMove(SpotMigration state, FailInstanceMigration c, DateTimeOffset now) =>
        state.IsExecuting && state.Moves.TryGetValue(c.InstanceId, out var move) && !move.IsSettled
            ? Decision.Accept(new InstanceMigrationFailed(state.Id, move.Phase, c.InstanceId, c.Reason, now))
            : Decision.Nothing;

    static Decision ReportInterruption(SpotMigration state, ReportInterruption c, DateTimeOffset now)
    {
        var retiring = state.Stage is PhaseStage.Retiring && !state.IsOver;
        if (!(state.IsExecuting || retiring) || !state.Moves.TryGetValue(c.InstanceId, out var move)
            || move.Status is not (MoveStatus.Migrated or MoveStatus.Launched) || move.Current!.ReplacementId != c.ReplacementId)
            return Decision.Nothing;
        var interrupted = new InstanceInterrupted(state.Id, move.Phase, c.InstanceId, c.ReplacementId, move.Current.Pool, c.TerminatesAt, c.Evidence, now);
        if (!retiring)
            return Decision.Accept(interrupted);
        // the old machine must not go now, and no gate is left that would watch another replacement
        var returned = new InstanceReturnedToOnDemand(state.Id, move.Phase, c.InstanceId, "Interrupted while the old instances were being retired.", now);
        return Decision.Accept(interrupted, returned);
    }

    static Decision ReturnToOnDemand(SpotMigration state, ReturnToOnDemand c, DateTimeOffset now)
    {
        if (!state.Moves.TryGetValue(c.InstanceId, out var move))
            return Decision.Nothing;
        var mayReturn = state.Stage is PhaseStage.Retiring && !state.IsOver
            // lost after the last gate: the old instance is not retired
            ? move.Status is MoveStatus.Migrated
            : state.IsExecuting && (move.Status is MoveStatus.Interrupted || (move.Status is MoveStatus.Waiting && move.WasInterrupted));
        return mayReturn ? Decision.Accept(new InstanceReturnedToOnDemand(state.Id, move.Phase, c.InstanceId, c.Reason, now)) : Decision.Nothing;
    }

    static Decision CompletePhase(SpotMigration state, CompletePhase c, DateTimeOffset now)
    {
        if (!IsSettled(state, c.Phase))
            return Decision.Nothing;
        var ofPhase = state.Moves.Values.Where(m => m.Phase == c.Phase).ToList();
        var moved = ofPhase.Count(m => m.Status is MoveStatus.Migrated);
        var success = (decimal)moved / ofPhase.Count;
        var completed = new PhaseCompleted(state.Id, c.Phase, (int)(state.Policy.PhaseFractions[c.Phase - 1] * 100), moved, ofPhase.Count - moved, success,
            now + state.Policy.MonitoringWindows[c.Phase - 1], now);
        if (success >= state.Policy.MinSuccessFraction)
            return Decision.Accept(completed);
        var reason = string.Create(CultureInfo.InvariantCulture, $"Only {moved} of {ofPhase.Count} instances of phase {c.Phase} moved; {state.Policy.MinSuccessFraction:0.##} of them must.");
        return Decision.Accept([completed, .. Rollback(state, RollbackTrigger.PhaseFailed, reason, now)]);
    }

    /// <summary>The phase is moving, and none of its instances is still on its way.</summary>
    static bool IsSettled(SpotMigration state, int phase) =>
        state.IsExecuting && state.Stage is PhaseStage.Moving && state.Phase == phase && state.Moves.Values.All(m => m.Phase != phase || m.IsSettled);

    static Decision OpenWindow(SpotMigration state, OpenQualityWindow c, DateTimeOffset now) =>
        state.IsExecuting && state.Phase == c.Phase && state.Stage is PhaseStage.Watching or PhaseStage.Measuring or PhaseStage.Paused
            ? Decision.Accept(new QualityWindowOpened(state.Id, c.Phase, c.Snapshots, c.Unreadable, now))
            : Decision.Nothing;

    static Decision RequestCheck(SpotMigration state, RequestQualityCheck c, DateTimeOffset now) =>
        state.IsExecuting && state.Phase == c.Phase && state.Stage is PhaseStage.Watching
            && HasEnded(state.WindowEndsAt, state.Policy.MonitoringWindows[state.Phase - 1], now)
            ? Decision.Accept(new QualityCheckRequested(state.Id, c.Phase, state.Check + 1, now))
            : Decision.Nothing;

    static Decision RecordQuality(SpotMigration state, RecordQuality c, DateTimeOffset now)
    {
        if (!state.IsExecuting || state.Stage is not PhaseStage.Measuring || state.Phase != c.Phase || state.Check != c.Check)
            return Decision.Nothing;
        if (Twice(c.Windows) is { } twice)
            return MeasuredTwice(twice);
        var windows = c.Windows.ToDictionary(w => w.InstanceId, StringComparer.Ordinal);
        // one that is being replaced is not measured: a gate that left it out would pass what nobody watched
        var pairs = state.Moves.Values
            .Where(m => m.Status is MoveStatus.Migrated || !m.IsSettled)
            .OrderBy(m => m.MigratedOrder).ThenBy(m => m.InstanceId, StringComparer.Ordinal)
            .Select(m => (m.InstanceId, state.Baseline.GetValueOrDefault(m.InstanceId), m.Status is MoveStatus.Migrated ? windows.GetValueOrDefault(m.Current!.ReplacementId!) : null))
            .ToList();
        var comparison = QualityGate.Compare(pairs, state.Policy);
        var measured = new QualityMeasured(state.Id, c.Phase, c.Check, c.Windows, c.Unreadable, comparison, now);
        return comparison.Verdict switch
        {
            QualityVerdict.Healthy => Decision.Accept(measured),
            QualityVerdict.Degraded => Decision.Accept(
            [
                measured,
                new QualityDegraded(state.Id, c.Phase, comparison.Degradation!.Value, state.Policy.MaxDegradation, comparison.Explanation, now),
                .. Rollback(state, RollbackTrigger.QualityDegraded, comparison.Explanation, now),
            ]),
            QualityVerdict.NotEnoughData when !state.WindowExtended => Decision.Accept(
                measured,
                new MonitoringExtended(state.Id, c.Phase, comparison.Explanation, now + state.Policy.MonitoringWindows[c.Phase - 1], now)),
            QualityVerdict.NotEnoughData => Decision.Accept(measured, new RolloutPaused(state.Id, c.Phase, "Not enough data to judge, also after an extended window. " + comparison.Explanation, now)),
            _ => throw new ArgumentOutOfRangeException(nameof(c), comparison.Verdict, "unknown verdict"),
        };
    }

    static Decision Resume(SpotMigration state, ResumeMigration c, DateTimeOffset now) =>
        state.Status is MigrationStatus.Paused
            ? Decision.Accept(new RolloutResumed(state.Id, state.Phase, c.ResumedBy, c.AcceptQuality, now + state.Policy.MonitoringWindows[state.Phase - 1], now))
            : NotNow(state, "Resuming");

    /// <summary>The move, if the attempt is its current one and stands where expected; else what to answer.</summary>
    static Move? CurrentAttempt(SpotMigration state, string what, string instanceId, int attempt, string replacementId, MoveStatus expected, out Decision? answer)
    {
        answer = null;
        if (!state.IsExecuting && state.Stage is not PhaseStage.Retiring)
            answer = NotNow(state, what);
        else if (!state.Moves.TryGetValue(instanceId, out var move) || move.Current?.Number != attempt)
            answer = Decision.Refuse("stale_attempt", $"Attempt {attempt} of {instanceId} is not its current one.");
        else if (move.Current.ReplacementId is { } known && known != replacementId)
            answer = OtherReplacement(move, replacementId);
        else if (move.Status is MoveStatus.Migrated or MoveStatus.Retired || (move.Status is MoveStatus.Launched && expected is MoveStatus.Starting))
            answer = Decision.Nothing;
        else if (move.Status != expected)
            answer = Decision.Refuse("stale_attempt", $"{instanceId} is {move.Status}; expected {expected}.");
        else
            return move;
        return null;
    }

    static Decision OtherReplacement(Move move, string replacementId) =>
        Decision.Refuse("other_replacement", $"The replacement of {move.InstanceId} is {move.Current!.ReplacementId}, not {replacementId}; terminate {replacementId} if it runs.");
}
