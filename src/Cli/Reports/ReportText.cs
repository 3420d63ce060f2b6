using OptiInfra.Cli.Analyze;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Projections;
using Spectre.Console;

namespace OptiInfra.Cli.Reports;

/// <summary>The report that a person reads when a migration is over.</summary>
static class ReportText
{
    public static void Write(IAnsiConsole console, MigrationReport report)
    {
        Title(console, $"Migration {report.Id}: {Ending(report.End)}");
        if (report.Analysis is { } analysis)
            WriteAnalysis(console, report, analysis);
        if (report.Votes.Count > 0)
            WriteVotes(console, report);
        if (report.Approval is { } approval)
        {
            Title(console, "Approval");
            console.Say($"Plan {approval.PlanHash}: {approval.Plan.Moves.Count} moves, {Amounts.Usd(approval.Plan.PromisedSavingMonthlyUsd)} USD a month promised.");
            console.Say(report.Approved is { } approved ? $"Approved by {approved.ApprovedBy}{(approved.ByPolicy ? " (policy)" : "")} on {Amounts.Time(approved.At)} UTC." : "Not approved.");
        }

        if (report.Phases.Count > 0)
            WritePhases(console, report.Phases);
        if (report.Incidents.Count > 0)
        {
            Title(console, "Interruptions and failures");
            foreach (var incident in report.Incidents)
                console.Say(TimelineSentences.Of(incident));
        }

        WriteSavings(console, report);
    }

    static void WriteAnalysis(IAnsiConsole console, MigrationReport report, FleetAnalyzed analysis)
    {
        Title(console, "Analysis");
        console.Say($"{analysis.Observation.Instances.Count} instances analysed in {analysis.Observation.Region}, costing {Amounts.Usd(analysis.FleetMonthlyUsd)} USD a month: {report.Opportunities.Count} opportunities, {analysis.Refusals.Count} refused.");
        if (report.Opportunities.Count > 0)
            AnalysisTables.WriteOpportunities(console, report.Opportunities);
        if (analysis.Refusals.Count > 0)
            AnalysisTables.WriteRefusals(console, analysis.Refusals);
    }

    static void WriteVotes(IAnsiConsole console, MigrationReport report)
    {
        Title(console, "Votes");
        var table = Terminal.Table("Agent", "Verdict", ">Confidence", "Concerns", "Recommendations");
        foreach (var vote in report.Votes)
        {
            var (agent, verdict, confidence, concerns, recommendations) = vote switch
            {
                AgentApproved a => (a.Agent, "approved", a.Confidence, a.Concerns, a.Recommendations),
                AgentRejected { InstanceIds.Count: 0 } r => (r.Agent, "rejected", r.Confidence, r.Concerns, r.Recommendations),
                AgentRejected r => (r.Agent, $"takes out {string.Join(", ", r.InstanceIds)}", r.Confidence, r.Concerns, r.Recommendations),
                _ => throw new ArgumentException($"{vote} is no vote.", nameof(report)),
            };
            table.Row(agent, verdict, Amounts.Fraction(confidence), string.Join('\n', concerns), string.Join('\n', recommendations));
        }

        console.Write(table);
    }

    static void WritePhases(IAnsiConsole console, IReadOnlyList<PhaseReport> phases)
    {
        Title(console, "Phases");
        var table = Terminal.Table(">Phase", ">Target", "Instances", ">Moved", ">Failed", "Began (UTC)", "Moved by", "Watched until");
        foreach (var phase in phases)
        {
            table.Row(
                Amounts.Number(phase.Started.Phase), $"{phase.Started.Percent} % = {phase.Started.TargetInstances}", string.Join(", ", phase.Started.InstanceIds),
                phase.Completed is { } moved ? Amounts.Number(moved.Moved) : "", phase.Completed is { } failed ? Amounts.Number(failed.Failed) : "",
                Amounts.Time(phase.Started.At), phase.Completed is { } completed ? Amounts.Clock(completed.At) : "unfinished",
                phase.Completed is { } window ? Amounts.Clock(window.WindowEndsAt) : "");
        }

        console.Write(table);
        if (!phases.Any(p => p.Measurements.Count > 0))
            return;
        Title(console, "Quality against the baseline");
        var quality = Terminal.Table(">Phase", "Verdict", ">Degradation", ">± SE", ">p95 before", ">p95 now", ">Errors before", ">Errors now", ">Requests", "Explanation");
        foreach (var measured in phases.SelectMany(p => p.Measurements))
        {
            var c = measured.Comparison;
            quality.Row(
                Amounts.Number(measured.Phase), EnumWords.Of(c.Verdict), c.Degradation is { } d ? Amounts.SignedPercent(d) : "unknown", c.StandardError is { } se ? Amounts.Percent(se) : "",
                Amounts.Milliseconds(c.BaselineP95Seconds), Amounts.Milliseconds(c.P95Seconds), c.BaselineErrorRate is { } before ? Amounts.Percent(before) : "unknown",
                c.ErrorRate is { } now ? Amounts.Percent(now) : "unknown", Amounts.Number(c.Requests), c.Explanation);
        }

        console.Write(quality);
    }

    static void WriteSavings(IAnsiConsole console, MigrationReport report)
    {
        Title(console, "Savings");
        var fleet = report.Analysis?.FleetMonthlyUsd ?? 0;
        var promised = report.Approval?.Plan.PromisedSavingMonthlyUsd ?? 0;
        console.Say($"Promised  {Amounts.Usd(promised)} USD a month ({Amounts.Percent(promised, fleet)} of the fleet's {Amounts.Usd(fleet)})");
        console.Say($"Realised  {Amounts.Usd(report.RealisedSavingMonthlyUsd)} USD a month ({Amounts.Percent(report.RealisedSavingMonthlyUsd, fleet)}), {report.Retired} old instances retired");
    }

    static string Ending(object? end) => end switch
    {
        null => "not over",
        MigrationCompleted => "complete",
        MigrationFailed e => $"failed: {e.Reason}",
        MigrationRolledBack e => $"rolled back: {e.Reason} {(e.FleetAsBefore ? "The fleet is as it was before." : $"The fleet differs: {string.Join("; ", e.Differences)}")}",
        MigrationCancelled e => $"cancelled by {e.CancelledBy}: {e.Reason} {(e.FleetAsBefore ? "The fleet is as it was before." : $"The fleet differs: {string.Join("; ", e.Differences)}")}",
        _ => end.GetType().Name,
    };

    static void Title(IAnsiConsole console, string title)
    {
        console.WriteLine();
        console.Write(new Text(title, new Style(decoration: Decoration.Bold)));
        console.WriteLine();
    }
}
