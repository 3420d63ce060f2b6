using OptiInfra.Cli.Output;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Projections;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OptiInfra.Cli.Status;

/// <summary>One migration on a screen: where it stands, each instance, the last measurement, what happened last.</summary>
static class MigrationView
{
    public static IRenderable Of(MigrationSummary summary, MigrationMoves? moves, IReadOnlyList<TimelineLine> last, DateTimeOffset now)
    {
        var rows = new List<IRenderable> { new Markup($"[bold]Migration {summary.Id}[/]  [{Colour(summary.Status)}]{EnumWords.Of(summary.Status)}[/]") };
        rows.AddRange(Facts(summary, now).Select(fact => new Text(fact)));
        if (moves is { Moves.Count: > 0 })
            rows.Add(MovesTable(moves));
        rows.AddRange(last.Select(line => new Text($"{Amounts.Clock(line.At)}  {line.Text}", new Style(Color.Grey))));
        if (summary.Question is { } question)
            rows.Add(new Text(question, new Style(Color.Yellow)));
        return new Rows(rows);
    }

    static IEnumerable<string> Facts(MigrationSummary m, DateTimeOffset now)
    {
        yield return $"Requested {Amounts.Time(m.RequestedAt)} UTC by {m.RequestedBy}";
        if (m.InstancesAnalysed > 0)
            yield return $"Analysed  {m.InstancesAnalysed} instances costing {Amounts.Usd(m.FleetMonthlyUsd)} USD a month: {m.Opportunities} opportunities, refused: {Refusals(m)}";
        if (m.Votes.Count > 0)
            yield return $"Votes     {string.Join(", ", m.Votes.Select(v => $"{v.Agent} {(v.Approved ? "approved" : v.Excluded > 0 ? $"took out {v.Excluded}" : "rejected")} ({Amounts.Fraction(v.Confidence)})"))}";
        else if (m.Voters.Count > 0)
            yield return $"Votes     awaited from {string.Join(", ", m.Voters)}";
        if (m.PlanHash is not null)
            yield return $"Plan      {m.PlannedInstances} instances, {Amounts.Usd(m.PromisedSavingMonthlyUsd ?? 0)} USD a month, hash {m.PlanHash}{(m.ApprovedBy is { } by ? $", approved by {by}" : "")}";
        if (m.Phase > 0)
            yield return $"Phase     {m.Phase} of {m.PhaseCount} ({m.Percent} %): {m.Moved} moved, {m.Failed} failed, {m.RolledBack} rolled back, {m.Interruptions} interrupted{Window(m, now)}";
        if (m.LastQuality is { } quality)
            yield return $"Quality   phase {quality.Phase} {EnumWords.Of(quality.Verdict)}: {QualityText(quality)}";
        if (m.Retired > 0)
            yield return $"Realised  {Amounts.Usd(m.RealisedSavingMonthlyUsd)} USD a month of {Amounts.Usd(m.PromisedSavingMonthlyUsd ?? 0)} promised, {m.Retired} old instances retired";
        if (m.Reason is { } reason)
            yield return $"Reason    {reason}";
        if (m.FleetAsBefore is { } asBefore)
            yield return asBefore ? "Fleet     is as it was before" : "Fleet     differs from before; the timeline says how";
    }

    public static string QualityText(QualitySummary q) => q.Degradation is { } degradation
        ? $"degradation {Amounts.SignedPercent(degradation)}, p95 {Amounts.Milliseconds(q.BaselineP95Seconds)} -> {Amounts.Milliseconds(q.P95Seconds)}, errors {Amounts.Percent(q.BaselineErrorRate ?? 0)} -> {Amounts.Percent(q.ErrorRate ?? 0)}"
        : q.Explanation;

    static string Refusals(MigrationSummary m) => m.Refusals.Count == 0 ? "none" : string.Join(", ", m.Refusals.Select(r => $"{r.Value} {EnumWords.Of(r.Key)}"));

    static string Window(MigrationSummary m, DateTimeOffset now) =>
        m.WindowEndsAt is not { } ends ? "" : ends > now ? $"; watched for {ends - now:mm\\:ss} more" : "; the window is over";

    static Table MovesTable(MigrationMoves moves)
    {
        var table = Terminal.Table("Instance", "Type", "Zone", ">Phase", "Stands", "Pool", "Replacement", ">USD/h before", ">USD/h now");
        foreach (var move in moves.Moves)
        {
            table.AddRow(
                new Text(move.InstanceId),
                new Text(move.InstanceType),
                new Text(move.AvailabilityZone),
                new Text(move.Phase == 0 ? "" : Amounts.Number(move.Phase)),
                new Text(EnumWords.Of(move.Progress), new Style(Colour(move.Progress))),
                new Text(move.Pool?.ToString() ?? ""),
                new Text(move.ReplacementId ?? ""),
                new Text(Amounts.HourlyUsd(move.OnDemandHourlyUsd)),
                new Text(Amounts.HourlyUsd(move.HourlyUsd)));
        }

        return table;
    }

    static Color Colour(MoveProgress progress) => progress switch
    {
        MoveProgress.Moved or MoveProgress.Retired => Color.Green,
        MoveProgress.Launching or MoveProgress.Launched => Color.Aqua,
        MoveProgress.Interrupted or MoveProgress.ReturnedToOnDemand or MoveProgress.RolledBack => Color.Yellow,
        MoveProgress.Failed => Color.Red,
        MoveProgress.Planned or MoveProgress.Waiting => Color.Grey,
        _ => Color.Default,
    };

    static string Colour(MigrationStatus status) => status switch
    {
        MigrationStatus.Complete => "green",
        MigrationStatus.Failed => "red",
        MigrationStatus.RolledBack or MigrationStatus.RollingBack or MigrationStatus.Cancelled or MigrationStatus.Paused => "yellow",
        _ => "aqua",
    };
}
