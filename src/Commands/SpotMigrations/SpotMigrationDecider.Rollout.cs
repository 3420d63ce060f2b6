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
            return state.Phase >= c.Phase ? Decision.Nothing : NotNow(state, $"Starting phase {c.Phase}");
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

        var migrated = state.Moves.Values.Where(m => m.Status is MoveStatus.Migrated).OrderBy(m => m.MigratedOrder).Select(m => m.InstanceId);
        return Decision.Accept(new RetirementStarted(state.Id, [.. migrated], now));
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
        var highest = Math.Max(approved.MeanHourlyUsd, approved.CurrentHourlyUsd) * (1 + state.Policy.MaxPriceDriftFraction);
        if (c.HourlyUsd > highest)
            return Decision.Refuse("price_drift", string.Create(CultureInfo.InvariantCulture, $"{c.Pool} costs {c.HourlyUsd:0.0000} USD/h now; the approval goes up to {highest:0.0000}."));
        return Decision.Accept(new InstanceMigrationStarted(state.Id, move.Phase, c.InstanceId, c.Attempt, c.Pool, c.HourlyUsd,
            ClientToken.For(state.Id, c.InstanceId, c.Attempt, c.Pool), now));
    }

    static Decision RecordLaunched(SpotMigration state, RecordReplacementLaunched c, DateTimeOffset now)
    {
        if (!state.IsExecuting)
            return NotNow(state, $"Keeping {c.ReplacementId}");
        return CurrentAttempt(state, c.InstanceId, c.Attempt, MoveStatus.Starting, out var refusal) is { } move
            ? Decision.Accept(new ReplacementLaunched(state.Id, move.Phase, c.InstanceId, c.Attempt, c.ReplacementId, now))
            : refusal!;
    }

    static Decision RecordLaunchFailed(SpotMigration state, RecordLaunchFailed c, DateTimeOffset now)
    {
        if (!state.IsExecuting || !state.Moves.TryGetValue(c.InstanceId, out var move) || move.Current?.Number != c.Attempt
            || move.Status is not (MoveStatus.Starting or MoveStatus.Launched))
            return Decision.Nothing;
        return Decision.Accept(new LaunchFailed(state.Id, move.Phase, c.InstanceId, c.Attempt, move.Current.Pool, c.ReplacementId ?? move.Current.ReplacementId, c.ErrorCode, c.Reason, now));
    }

    static Decision RecordMigrated(SpotMigration state, RecordInstanceMigrated c, DateTimeOffset now)
    {
        if (!state.IsExecuting)
            return NotNow(state, $"Moving traffic to {c.ReplacementId}");
        return CurrentAttempt(state, c.InstanceId, c.Attempt, MoveStatus.Launched, out var refusal) is { } move
            ? Decision.Accept(new InstanceMigrated(state.Id, move.Phase, c.InstanceId, c.Attempt, c.ReplacementId, move.Current!.Pool, move.Current.HourlyUsd, now))
            : refusal!;
    }

    static Decision FailMove(SpotMigration state, FailInstanceMigration c, DateTimeOffset now) =>
        state.IsExecuting && state.Moves.TryGetValue(c.InstanceId, out var move) && !move.IsSettled
            ? Decision.Accept(new InstanceMigrationFailed(state.Id, move.Phase, c.InstanceId, c.Reason, now))
            : Decision.Nothing;

    static Decision ReportInterruption(SpotMigration state, ReportInterruption c, DateTimeOffset now) =>
        state.IsExecuting && state.Moves.TryGetValue(c.InstanceId, out var move)
            && move.Status is MoveStatus.Migrated or MoveStatus.Launched && move.Current?.ReplacementId == c.ReplacementId
            ? Decision.Accept(new InstanceInterrupted(state.Id, move.Phase, c.InstanceId, c.ReplacementId, move.Current!.Pool, c.TerminatesAt, c.Evidence, now))
            : Decision.Nothing;

    static Decision ReturnToOnDemand(SpotMigration state, ReturnToOnDemand c, DateTimeOffset now)
    {
        if (!state.Moves.TryGetValue(c.InstanceId, out var move))
            return Decision.Nothing;
        var mayReturn = state.Stage is PhaseStage.Retiring && !state.IsOver
            // lost after the last gate: the old instance is not retired
            ? move.Status is MoveStatus.Migrated
            : state.IsExecuting && (move.Status is MoveStatus.Interrupted || (move.Status is MoveStatus.Waiting && move.Attempts.Any(a => a.MigratedAt is not null)));
        return mayReturn ? Decision.Accept(new InstanceReturnedToOnDemand(state.Id, move.Phase, c.InstanceId, c.Reason, now)) : Decision.Nothing;
    }

    static Decision CompletePhase(SpotMigration state, CompletePhase c, DateTimeOffset now)
    {
        if (!state.IsExecuting || state.Stage is not PhaseStage.Moving || state.Phase != c.Phase)
            return Decision.Nothing;
        var ofPhase = state.Moves.Values.Where(m => m.Phase == c.Phase).ToList();
        if (!ofPhase.TrueForAll(m => m.IsSettled))
            return Decision.Nothing;
        var moved = ofPhase.Count(m => m.Status is MoveStatus.Migrated);
        var success = (decimal)moved / ofPhase.Count;
        var completed = new PhaseCompleted(state.Id, c.Phase, (int)(state.Policy.PhaseFractions[c.Phase - 1] * 100), moved, ofPhase.Count - moved, success,
            now + state.Policy.MonitoringWindows[c.Phase - 1], now);
        if (success >= state.Policy.MinSuccessFraction)
            return Decision.Accept(completed);
        var reason = string.Create(CultureInfo.InvariantCulture, $"Only {moved} of {ofPhase.Count} instances of phase {c.Phase} moved; {state.Policy.MinSuccessFraction:0.##} of them must.");
        return Decision.Accept(completed, Rollback(state, RollbackTrigger.PhaseFailed, reason, now));
    }

    static Decision OpenWindow(SpotMigration state, OpenQualityWindow c, DateTimeOffset now) =>
        state.IsExecuting && state.Phase == c.Phase && state.Stage is PhaseStage.Watching or PhaseStage.Measuring
            ? Decision.Accept(new QualityWindowOpened(state.Id, c.Phase, c.Snapshots, c.Unreadable, now))
            : Decision.Nothing;

    static Decision RequestCheck(SpotMigration state, RequestQualityCheck c, DateTimeOffset now) =>
        state.IsExecuting && state.Phase == c.Phase && state.Stage is PhaseStage.Watching && now >= state.WindowEndsAt
            ? Decision.Accept(new QualityCheckRequested(state.Id, c.Phase, state.Check + 1, now))
            : Decision.Nothing;

    static Decision RecordQuality(SpotMigration state, RecordQuality c, DateTimeOffset now)
    {
        if (!state.IsExecuting || state.Stage is not PhaseStage.Measuring || state.Phase != c.Phase || state.Check != c.Check)
            return Decision.Nothing;
        var windows = c.Windows.ToDictionary(w => w.InstanceId, StringComparer.Ordinal);
        var pairs = state.Moves.Values
            .Where(m => m.Status is MoveStatus.Migrated)
            .OrderBy(m => m.MigratedOrder)
            .Select(m => (m.InstanceId, state.Baseline.GetValueOrDefault(m.InstanceId), windows.GetValueOrDefault(m.Current!.ReplacementId!)))
            .ToList();
        var comparison = QualityGate.Compare(pairs, state.Policy);
        var measured = new QualityMeasured(state.Id, c.Phase, c.Check, c.Windows, c.Unreadable, comparison, now);
        return comparison.Verdict switch
        {
            QualityVerdict.Healthy => Decision.Accept(measured),
            QualityVerdict.Degraded => Decision.Accept(
                measured,
                new QualityDegraded(state.Id, c.Phase, comparison.Degradation!.Value, state.Policy.MaxDegradation, comparison.Explanation, now),
                Rollback(state, RollbackTrigger.QualityDegraded, comparison.Explanation, now)),
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
    static Move? CurrentAttempt(SpotMigration state, string instanceId, int attempt, MoveStatus expected, out Decision? refusal)
    {
        refusal = null;
        if (!state.Moves.TryGetValue(instanceId, out var move) || move.Current?.Number != attempt)
            refusal = Decision.Refuse("stale_attempt", $"Attempt {attempt} of {instanceId} is not its current one.");
        else if (move.Status > expected && move.Status is MoveStatus.Launched or MoveStatus.Migrated)
            refusal = Decision.Nothing;
        else if (move.Status != expected)
            refusal = Decision.Refuse("stale_attempt", $"{instanceId} is {move.Status}; expected {expected}.");
        return refusal is null ? move : null;
    }
}
