using System.Globalization;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Projections;

/// <summary>Each event as one sentence.</summary>
public static class TimelineSentences
{
    /// <summary>What happened, in a person's words; the type's name for an event that this program does not know.</summary>
    public static string Of(object @event) => @event switch
    {
        MigrationRequested e => $"{e.RequestedBy} asked to move {Fleet(e.Fleet)} to spot.",
        AnalysisStarted e => $"The analysis of the fleet began; it has until {Time(e.Deadline)}.",
        FleetAnalyzed e => Text($"{Count(e.Observation.Instances.Count, "instance")} analysed, costing {Usd(e.FleetMonthlyUsd)} a month: {Count(e.Opportunities, "opportunity", "opportunities")}, {e.Refusals.Count} refused{Reasons(e.Refusals)}."),
        OpportunityFound e => Text($"{e.Opportunity.InstanceId} ({e.Opportunity.InstanceType}, {Words(e.Opportunity.Pattern)}) would save {Usd(e.Opportunity.ExpectedSavingMonthlyUsd)} a month in {e.Opportunity.Recommended.Pool}, at {Words(e.Opportunity.Risk)} risk."),
        VotesRequested e => $"{string.Join(", ", e.Voters)} were asked to vote on plan {Short(e.PlanHash)} of {Count(e.Plan.Moves.Count, "move")}, saving {Usd(e.Plan.PromisedSavingMonthlyUsd)} a month, until {Time(e.Deadline)}.",
        QualityBaselineTaken e => $"The quality baseline was taken from {Count(e.Windows.Count, "instance")} and {e.Windows.Sum(w => w.Requests).ToString(CultureInfo.InvariantCulture)} requests{Unreadable(e.Unreadable)}.",
        AgentApproved e => $"The {e.Agent} agent approved with confidence {Fraction(e.Confidence)}{Listed(e.Concerns)}.",
        AgentRejected { InstanceIds.Count: 0 } e => $"The {e.Agent} agent rejected the plan with confidence {Fraction(e.Confidence)}{Listed(e.Concerns)}.",
        AgentRejected e => $"The {e.Agent} agent took {string.Join(", ", e.InstanceIds)} out of the plan with confidence {Fraction(e.Confidence)}{Listed(e.Concerns)}.",
        ApprovalRequested e => $"Plan {Short(e.PlanHash)} of {Count(e.Plan.Moves.Count, "move")}, saving {Usd(e.Plan.PromisedSavingMonthlyUsd)} a month, awaits approval until {Time(e.ExpiresAt)}{Excluded(e.ExcludedInstanceIds)}.",
        CustomerApproved { ByPolicy: true } e => $"Plan {Short(e.PlanHash)} was approved by policy.",
        CustomerApproved e => $"{e.ApprovedBy} approved plan {Short(e.PlanHash)}.",
        CustomerRejected e => $"{e.RejectedBy} rejected the plan: {Closed(e.Reason)}",
        ApprovalExpired e => $"Nobody approved the plan before it expired at {Time(e.ExpiredAt)}.",
        PhaseStarted e => $"Phase {Number(e.Phase)} ({Number(e.Percent)} %) began: {string.Join(", ", e.InstanceIds)} to move, {Number(e.TargetInstances)} in all.",
        InstanceMigrationStarted e => $"A replacement for {e.InstanceId} is to be launched in {e.Pool} at {HourlyUsd(e.HourlyUsd)} (attempt {Number(e.Attempt)}).",
        ReplacementLaunched e => $"{e.ReplacementId} was launched for {e.InstanceId}.",
        LaunchFailed e => $"No replacement for {e.InstanceId} from {e.Pool}: {e.ErrorCode}, {Closed(e.Reason)}",
        InstanceMigrated e => $"{e.ReplacementId} in {e.Pool} serves in place of {e.InstanceId}, at {HourlyUsd(e.HourlyUsd)}.",
        InstanceMigrationFailed e => $"{e.InstanceId} could not be moved and stays: {Closed(e.Reason)}",
        PhaseCompleted e => $"Phase {Number(e.Phase)} has moved {Number(e.Moved)} of {Count(e.Moved + e.Failed, "instance")}; quality is watched until {Time(e.WindowEndsAt)}.",
        QualityWindowOpened e => $"The watch over {Count(e.Snapshots.Count, "replacement")} of phase {Number(e.Phase)} began{Unreadable(e.Unreadable)}.",
        QualityCheckRequested e => $"The window of phase {Number(e.Phase)} is over; measurement {Number(e.Check)} was asked for.",
        QualityMeasured e => $"Phase {Number(e.Phase)} measured {Words(e.Comparison.Verdict)}: {Closed(e.Comparison.Explanation)}",
        QualityDegraded e => $"Quality degraded by {Percent(e.Degradation)} in phase {Number(e.Phase)}; {Percent(e.MaxDegradation)} is the most that is allowed.",
        MonitoringExtended e => $"The window of phase {Number(e.Phase)} was extended until {Time(e.WindowEndsAt)}: {Closed(e.Reason)}",
        RolloutPaused e => $"The rollout stands still in phase {Number(e.Phase)} until a person decides: {Closed(e.Reason)}",
        RolloutResumed { QualityAccepted: true } e => $"{e.ResumedBy} took the quality of phase {Number(e.Phase)} as good; the rollout goes on.",
        RolloutResumed e => $"{e.ResumedBy} let the rollout go on; phase {Number(e.Phase)} is watched again until {Time(e.WindowEndsAt)}.",
        InstanceInterrupted e => $"The cloud takes {e.ReplacementId} back, which serves for {e.InstanceId} in {e.Pool}{(e.TerminatesAt is { } at ? $", at {Time(at)}" : "")}: {Closed(e.Evidence)}",
        InstanceReturnedToOnDemand e => $"{e.InstanceId} serves on-demand again: {Closed(e.Reason)}",
        RollbackStarted e => $"The rollback of {Count(e.InstanceIds.Count, "instance")} began ({Words(e.Trigger)}): {Closed(e.Reason)}",
        InstanceRolledBack e => $"{e.RestoredInstanceId} serves again{(e.RestoredInstanceId == e.InstanceId ? "" : $" in place of {e.InstanceId}")}; {(e.ReplacementIds.Count == 0 ? "nothing had been launched for it" : $"{string.Join(", ", e.ReplacementIds)} terminated")}.",
        AttentionNeeded e => $"The {e.Step} needs a person's look: {Closed(e.Reason)}",
        MigrationRolledBack e => $"Rolled back: {Closed(e.Reason)} {Proof(e.FleetAsBefore, e.Differences)}",
        CancellationRequested e => $"{e.RequestedBy} cancelled the migration: {Closed(e.Reason)}",
        MigrationCancelled e => $"Cancelled. {Proof(e.FleetAsBefore, e.Differences)}",
        RetirementStarted e => $"The last gate has passed; {Count(e.InstanceIds.Count, "old instance")} go.",
        InstanceRetired e => $"{e.InstanceId} is gone; {e.ReplacementId} has cost {HourlyUsd(e.ReplacementHourlyUsd)} instead of {HourlyUsd(e.OnDemandHourlyUsd)}.",
        MigrationCompleted { Moved: 0 } => "Complete: there was nothing to move.",
        MigrationCompleted e => $"Complete: {Count(e.Moved, "instance")} moved, {Usd(e.RealisedSavingMonthlyUsd)} a month saved of {Usd(e.PromisedSavingMonthlyUsd)} promised.",
        MigrationFailed e => $"Failed: {Closed(e.Reason)}",
        UnknownEvent e => $"An event of type {e.EventTypeName} (version {Number(e.SchemaVersion)}), which this program does not know.",
        _ => JobSentences.Of(@event) ?? $"{@event.GetType().Name} happened.",
    };

    static string Fleet(FleetSelector fleet) =>
        fleet.InstanceIds.Count > 0 ? Count(fleet.InstanceIds.Count, "named instance")
        : fleet.Tags.Count > 0 ? "the instances tagged " + string.Join(", ", fleet.Tags.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}={t.Value}"))
        : "all running instances";

    static string Reasons(IReadOnlyList<InstanceRefusal> refusals) =>
        refusals.Count == 0 ? ""
        : " (" + string.Join(", ", refusals.GroupBy(r => r.Reason).OrderBy(g => g.Key).Select(g => $"{Number(g.Count())} {Words(g.Key)}")) + ")";

    static string Excluded(IReadOnlyList<string> ids) => ids.Count == 0 ? "" : $"; the agents took out {string.Join(", ", ids)}";

    static string Unreadable(IReadOnlyList<string> ids) => ids.Count == 0 ? "" : $"; nothing could be read from {string.Join(", ", ids)}";

    static string Listed(IReadOnlyList<string> concerns) => concerns.Count == 0 ? "" : ": " + string.Join("; ", concerns).TrimEnd('.');

    static string Proof(bool asBefore, IReadOnlyList<string> differences) =>
        asBefore ? "The fleet is as it was before." : $"The fleet differs from before: {Closed(string.Join("; ", differences))}";

    internal static string Closed(string sentence) => sentence.TrimEnd() is [.., '.' or '!' or '?'] closed ? closed : sentence.TrimEnd() + ".";

    internal static string Count(int count, string one, string? many = null) => count == 1 ? $"1 {one}" : $"{Number(count)} {many ?? one + "s"}";

    internal static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    internal static string Usd(decimal amount) => amount.ToString("0.00 'USD'", CultureInfo.InvariantCulture);

    internal static string HourlyUsd(decimal amount) => amount.ToString("0.0000 'USD/h'", CultureInfo.InvariantCulture);

    internal static string Fraction(double fraction) => fraction.ToString("0.00", CultureInfo.InvariantCulture);

    internal static string Percent(double fraction) => (fraction * 100).ToString("0.0 '%'", CultureInfo.InvariantCulture);

    internal static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;

    internal static string Words<T>(T value) where T : struct, Enum => EnumWords.Of(value);

    internal static string Text(FormattableString text) => FormattableString.Invariant(text);
}
