using System.Globalization;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.Pages;

static class MigrationPage
{
    public static string Of(string customer, MigrationSummary m, MigrationMoves? moves, MigrationTimeline? timeline) =>
        Markup.Page($"Migration {m.Id}", Markup.Of($"""
            <p><a href="/{MigrationListPage.CustomerQuery(customer)}">All migrations</a></p>
            <h1>Migration {m.Id}: {EnumWords.Of(m.Status)}</h1>
            {(m.Question is null ? null : Markup.Of($"<p class=\"question\">{m.Question}</p>"))}
            <dl>{Facts(m).Where(f => f.Value.Length > 0).Select(f => Markup.Of($"<dt>{f.Name}</dt><dd>{f.Value}</dd>\n"))}</dl>
            {(moves is null ? null : MovesTable(moves))}
            {(timeline is null ? null : Markup.Timeline(timeline.Lines))}
            """));

    static IEnumerable<(string Name, string Value)> Facts(MigrationSummary m)
    {
        yield return ("Requested", Text($"{m.RequestedAt:u} by {m.RequestedBy}"));
        if (m.InstancesAnalysed > 0)
            yield return ("Fleet", Text($"{m.InstancesAnalysed} instances, {m.FleetMonthlyUsd:0.00} USD a month; {m.Opportunities} opportunities"));
        yield return ("Refused", string.Join(", ", m.Refusals.Select(r => Text($"{r.Value} {EnumWords.Of(r.Key)}"))));
        yield return ("Votes", string.Join(", ", m.Votes.Select(v => Text($"{v.Agent} {(v.Approved ? "approved" : v.Excluded > 0 ? $"took out {v.Excluded}" : "rejected")} ({v.Confidence:0.00})"))));
        yield return ("Plan", m.PlanHash is null ? "" : Text($"{m.PlanHash} of {m.PlannedInstances} instances"));
        yield return ("Approved by", m.ApprovedBy ?? "");
        if (m.Phase > 0)
            yield return ("Phase", Text($"{m.Phase} of {m.PhaseCount} ({m.Percent} %); {m.Moved} moved, {m.Failed} failed, {m.RolledBack} rolled back, {m.Interruptions} interrupted"));
        yield return ("Watched until", m.WindowEndsAt is { } ends ? Text($"{ends:u}") : "");
        yield return ("Quality", m.LastQuality is { } quality ? Text($"phase {quality.Phase} {EnumWords.Of(quality.Verdict)}: {quality.Explanation}") : "");
        yield return ("Promised", m.PromisedSavingMonthlyUsd is { } promised ? Text($"{promised:0.00} USD a month") : "");
        yield return ("Realised", m.Retired > 0 ? Text($"{m.RealisedSavingMonthlyUsd:0.00} USD a month") : "");
        yield return ("Reason", m.Reason ?? "");
        yield return ("Ended", m.EndedAt is { } ended ? Text($"{ended:u}") : "");
    }

    static Markup MovesTable(MigrationMoves moves) => Markup.Of($"""
        <h2>Instances</h2>
        <table><thead><tr><th>Instance</th><th>Phase</th><th>Stands</th><th>Pool</th><th>Replacement</th><th class="number">USD/h before</th><th class="number">USD/h now</th></tr></thead><tbody>
        {moves.Moves.Select(m => Markup.Of($"""
            <tr><td>{m.InstanceId} ({m.InstanceType} {m.AvailabilityZone})</td><td>{(m.Phase == 0 ? "" : m.Phase.ToString(CultureInfo.InvariantCulture))}</td><td>{EnumWords.Of(m.Progress)}</td><td>{m.Pool}</td><td>{m.ReplacementId}</td><td class="number">{m.OnDemandHourlyUsd:0.0000}</td><td class="number">{m.HourlyUsd:0.0000}</td></tr>

            """))}
        </tbody></table>
        """);

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
