using System.Globalization;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Replay;

/// <summary>What would have become of the plan: approval, phases, purchases, gates and money, as far as the log tells.</summary>
sealed class WhatIfRollout(RecordedMigration past, MigrationPolicy policy, Findings findings)
{
    readonly MigrationPolicy before = past.Request.Policy;

    /// <param name="approval">What would have been put to a person; null when nothing.</param>
    public WhatIfMoney Compare(ApprovalRequested? approval)
    {
        var promisedThen = (past.Approval?.Plan ?? past.Asked?.Plan)?.PromisedSavingMonthlyUsd ?? 0m;
        decimal? realisedThen = Retired.Count == 0 ? null : Money.MonthlyUsd(Retired.Sum(Saved));
        findings.Compare(WhatIfStep.Approval, "plan", Text(past.Approval?.Plan), Text(approval?.Plan), approval is null ? "nothing would have been put to a person" : $"hash {approval.PlanHash}");
        if (approval is null)
            return new WhatIfMoney(promisedThen, 0m, realisedThen, 0m, "Nothing would have moved.");
        var promised = approval.Plan.PromisedSavingMonthlyUsd;
        if (!Approve(approval))
            return new WhatIfMoney(promisedThen, promised, realisedThen, null, "Whether the plan would have been approved is not in the log, nor what would have followed.");

        Phases(approval.Plan);
        Purchases(approval.Plan);
        var stopped = Diverges(approval.Plan);
        return stopped is not null
            ? new WhatIfMoney(promisedThen, promised, realisedThen, stopped.Value.Known ? 0m : null, stopped.Value.Why)
            : Realised(approval.Plan, promisedThen, promised, realisedThen);
    }

    IReadOnlyList<InstanceRetired> Retired { get; } = [.. past.Events.OfType<InstanceRetired>()];

    static decimal Saved(InstanceRetired retired) => retired.OnDemandHourlyUsd - retired.ReplacementHourlyUsd;

    /// <returns>Whether the log tells that the plan would have been approved.</returns>
    bool Approve(ApprovalRequested approval)
    {
        var (then, now) = (past.Approved is { } approved ? $"by {approved.ApprovedBy}" : "by nobody", policy.AutoApprove ? "by policy:auto-approve" : null);
        if (now is not null)
        {
            findings.Compare(WhatIfStep.Approval, "approved", then, now, "the policy approves by itself");
            if (past.Approved is not null)
                return true;
            findings.Cannot(WhatIfStep.Phase, "rollout", "nobody approved then, so nothing was moved and nothing was measured");
            return false;
        }

        if (past.Approved is not { ByPolicy: false } person)
        {
            findings.Cannot(WhatIfStep.Approval, "approved", past.Approved is null ? "nobody approved then" : "the policy approved then; a person was not asked");
            return false;
        }

        if (person.PlanHash != approval.PlanHash)
        {
            findings.Cannot(WhatIfStep.Approval, "approved", $"{person.ApprovedBy} approved another plan; whether this one would have been is taken as given from here on");
            return true;
        }

        var waited = person.At - past.Approval!.At;
        if (!findings.Compare(WhatIfStep.Approval, "approved", then, waited < policy.ApprovalValidFor ? then : "by nobody: expired", $"{person.ApprovedBy} approved after {waited}; the plan would have been valid for {policy.ApprovalValidFor}"))
            return true;
        findings.Cannot(WhatIfStep.Phase, "rollout", "the approval would have expired; a person might have come sooner");
        return false;
    }

    void Phases(MigrationPlan plan)
    {
        var then = past.Events.OfType<PhaseStarted>().ToDictionary(p => p.Phase);
        var started = 0;
        for (var phase = 1; phase <= policy.PhaseFractions.Count; phase++)
        {
            var target = PhaseTargets.Target(policy.PhaseFractions[phase - 1], plan.Moves.Count);
            if (target <= started)
                continue;
            string[] ids = [.. plan.Moves.Skip(started).Take(target - started).Select(m => m.InstanceId)];
            started = target;
            if (then.TryGetValue(phase, out var recorded))
                findings.Compare(WhatIfStep.Phase, $"phase {phase}", string.Join(", ", recorded.InstanceIds), string.Join(", ", ids), $"{policy.PhaseFractions[phase - 1]:0.##} of {plan.Moves.Count} instances");
            else
                findings.Cannot(WhatIfStep.Phase, $"phase {phase}", $"no such phase was started then; it would have moved {string.Join(", ", ids)}");
        }

        foreach (var gone in then.Keys.Where(p => p > policy.PhaseFractions.Count))
            findings.Compare(WhatIfStep.Phase, $"phase {gone}", string.Join(", ", then[gone].InstanceIds), "none", $"the policy has {policy.PhaseFractions.Count} phases");
        var moved = past.Events.OfType<InstanceMigrated>().Select(e => e.InstanceId).ToHashSet(StringComparer.Ordinal);
        foreach (var move in plan.Moves.Where(m => !moved.Contains(m.InstanceId)))
            findings.Cannot(WhatIfStep.Gate, move.InstanceId, "it was never moved, so how it would have served afterwards is unknown");
    }

    /// <summary>What was bought, by the pools and price caps of the other plan; and pools of which nothing is known.</summary>
    void Purchases(MigrationPlan plan)
    {
        var moves = plan.Moves.ToDictionary(m => m.InstanceId, StringComparer.Ordinal);
        foreach (var bought in past.Events.OfType<InstanceMigrationStarted>())
        {
            var candidate = moves.GetValueOrDefault(bought.InstanceId)?.Candidates.FirstOrDefault(c => c.Pool == bought.Pool);
            var subject = $"{bought.InstanceId}, attempt {bought.Attempt}";
            var then = string.Create(CultureInfo.InvariantCulture, $"{bought.Pool} at {bought.HourlyUsd:0.0000} USD/h");
            if (candidate is null)
                findings.Compare(WhatIfStep.Purchase, subject, then, "not bought", moves.ContainsKey(bought.InstanceId) ? "the pool is not among the plan's" : "the instance is not in the plan");
            else
            {
                var highest = policy.HighestHourlyUsd(candidate);
                findings.Compare(WhatIfStep.Purchase, subject, then, bought.HourlyUsd <= highest ? then : "not bought", string.Create(CultureInfo.InvariantCulture, $"up to {highest:0.0000} USD/h may be paid"));
            }
        }

        var tried = past.Events.OfType<InstanceMigrationStarted>().Select(e => e.Pool).ToHashSet();
        foreach (var pool in plan.Moves.GroupBy(m => m.Candidates[0].Pool).Where(g => !tried.Contains(g.Key)))
            findings.Cannot(WhatIfStep.Purchase, pool.Key.ToString(), $"the first choice of {string.Join(", ", pool.Select(m => m.InstanceId))}; it was never tried, so its capacity is unknown");
        foreach (var failed in past.Events.OfType<InstanceMigrationFailed>().Where(f => moves.ContainsKey(f.InstanceId) && policy.MaxPriceDriftFraction > before.MaxPriceDriftFraction))
            findings.Cannot(WhatIfStep.Purchase, failed.InstanceId, $"it did not move ({failed.Reason}); whether a pool that was too dear then would have been bought, and had capacity, is unknown");
    }

    /// <returns>Why the rollout's further way is another than the recorded one, and whether its money is known; null where it is the same.</returns>
    (bool Known, string Why)? Diverges(MigrationPlan plan)
    {
        SpotMigration? state = null;
        foreach (var e in past.Events)
        {
            if ((e switch { PhaseCompleted phase => Completion(phase), QualityMeasured measured => Gate(state!, measured), _ => null }) is { } diverged)
                return diverged;
            state = AggregateFold<SpotMigration>.Next(state, e);
        }

        var ids = plan.Moves.Select(m => m.InstanceId).ToHashSet(StringComparer.Ordinal);
        foreach (var stranger in state!.Moves.Keys.Where(id => !ids.Contains(id)).Order(StringComparer.Ordinal))
            findings.Cannot(WhatIfStep.Gate, stranger, "it is in the recorded windows and would not have moved; the gates were judged with it");
        return null;
    }

    (bool Known, string Why)? Gate(SpotMigration state, QualityMeasured measured)
    {
        var subject = $"phase {measured.Phase}, check {measured.Check}";
        if (measured.Phase > policy.PhaseFractions.Count)
        {
            findings.Cannot(WhatIfStep.Gate, subject, $"the policy has {policy.PhaseFractions.Count} phases, so this window would not have been opened");
            return null;
        }

        var (thenWindow, nowWindow) = (before.MonitoringWindows[measured.Phase - 1], policy.MonitoringWindows[measured.Phase - 1]);
        if (thenWindow != nowWindow)
            findings.Cannot(WhatIfStep.Gate, subject, $"quality was watched for {thenWindow}; what {nowWindow} would have shown is not in the log, and the recorded window is judged");
        var again = SpotMigrationDecider.Decide(state with { Policy = policy }, new RecordQuality(state.Id, measured.Phase, measured.Check, measured.Windows, measured.Unreadable), measured.At);
        if (again is not Decision.Accepted { Events: [QualityMeasured judged, ..] })
        {
            findings.Cannot(WhatIfStep.Gate, subject, "the recorded window cannot be judged under this policy");
            return null;
        }

        if (!findings.Compare(WhatIfStep.Gate, subject, Text(measured.Comparison.Verdict), Text(judged.Comparison.Verdict), judged.Comparison.Explanation))
            return null;
        if (judged.Comparison.Verdict is QualityVerdict.Degraded)
            return (true, $"The gate of phase {measured.Phase} would have rolled everything back; no saving is realised, and what the log holds of later phases would not have happened.");
        findings.Cannot(WhatIfStep.Gate, $"after {subject}", judged.Comparison.Verdict is QualityVerdict.Healthy
            ? "the rollout would have gone on from here; its further windows were never opened"
            : "the window would have been extended, or the rollout paused for a person; what either would have shown is unknown");
        return (false, $"From the gate of phase {measured.Phase} on the migration would have gone another way, of which the log holds nothing.");
    }

    /// <summary>A phase had to move enough of its instances.</summary>
    (bool Known, string Why)? Completion(PhaseCompleted phase)
    {
        var (then, now) = (phase.SuccessFraction >= before.MinSuccessFraction, phase.SuccessFraction >= policy.MinSuccessFraction);
        if (!findings.Compare(WhatIfStep.Phase, $"phase {phase.Phase} completed", then ? "goes on" : "rolls back", now ? "goes on" : "rolls back",
            string.Create(CultureInfo.InvariantCulture, $"{phase.Moved} of {phase.Moved + phase.Failed} moved; {policy.MinSuccessFraction:0.##} of them must")))
            return null;
        if (!now)
            return (true, $"Phase {phase.Phase} would have rolled everything back; no saving is realised.");
        findings.Cannot(WhatIfStep.Gate, $"phase {phase.Phase}", "its window was never opened, so its quality is unknown");
        return (false, $"From phase {phase.Phase} on the migration would have gone another way, of which the log holds nothing.");
    }

    WhatIfMoney Realised(MigrationPlan plan, decimal promisedThen, decimal promised, decimal? realisedThen)
    {
        var told = Retired.Where(r => plan.Moves.Any(m => m.InstanceId == r.InstanceId)).ToList();
        var untold = plan.Moves.Count - told.Count;
        findings.Compare(WhatIfStep.Ending, "retired", string.Join(", ", Retired.Select(r => r.InstanceId)), string.Join(", ", told.Select(r => r.InstanceId)), "as far as the log tells");
        return new WhatIfMoney(promisedThen, promised, realisedThen, told.Count == 0 ? null : Money.MonthlyUsd(told.Sum(Saved)),
            untold == 0 ? "All of the plan's moves ended in the log, with these replacements."
            : $"{told.Count} of the plan's {plan.Moves.Count} moves ended in the log; what the other {untold} would have saved is unknown.");
    }

    static string Text(MigrationPlan? plan) => plan is null ? "none"
        : string.Create(CultureInfo.InvariantCulture, $"{plan.Moves.Count} moves ({string.Join(", ", plan.Moves.Select(m => m.InstanceId))}) for {plan.PromisedSavingMonthlyUsd:0.00} USD a month");

    static string Text(QualityVerdict verdict) => verdict switch
    {
        QualityVerdict.Healthy => "passes",
        QualityVerdict.Degraded => "rolls back",
        QualityVerdict.NotEnoughData => "has not enough data",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "unknown verdict"),
    };
}
