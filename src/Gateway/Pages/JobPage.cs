using OptiInfra.Projections;

namespace OptiInfra.Gateway.Pages;

static class JobPage
{
    public static string Of(string customer, JobSummary j, JobHistory? history, DateTimeOffset now) =>
        Markup.Page($"Job {j.Name}", Markup.Of($"""
            <p><a href="/jobs{MigrationListPage.CustomerQuery(customer)}">All training jobs</a></p>
            <h1>Job {j.Name}: {EnumWords.Of(j.Status)}</h1>
            {(j.Attention is null ? null : Markup.Of($"<p class=\"question\">{j.Attention}</p>"))}
            <dl>{Facts(j, now).Where(f => f.Value.Length > 0).Select(f => Markup.Of($"<dt>{f.Name}</dt><dd>{f.Value}</dd>\n"))}</dl>
            {(history is null ? null : LossChart.Of(history))}
            {(j.Instances.Count == 0 ? null : Trainers(j, now))}
            {(history is { Changeovers.Count: > 0 } ? Changeovers(history) : null)}
            {(history is null ? null : Markup.Timeline(history.Lines))}
            """));

    static IEnumerable<(string Name, string Value)> Facts(JobSummary j, DateTimeOffset now)
    {
        yield return ("Id", j.Id.ToString());
        yield return ("Submitted", Text($"{j.SubmittedAt:u} by {j.SubmittedBy}, about {j.EstimatedHours:0.##} hours"));
        yield return ("Deadline", j.Deadline is { } deadline ? Text($"{deadline:u}") : "none");
        yield return ("Runs", j.Working is { } w ? Text($"trainer {w.Epoch} on {w.InstanceId}, {w.Pool} at {w.HourlyUsd:0.0000} USD/h") : "");
        yield return ("On its way", j.Coming is { } c ? Text($"trainer {c.Epoch}, {c.Pool} at {c.HourlyUsd:0.0000} USD/h{(j.Moving is { } why ? $" ({EnumWords.Of(why)})" : "")}") : "");
        yield return ("Progress", j.Iterations == 0 ? "" : Text($"step {j.Step} of {j.Iterations} ({100.0 * j.Step / j.Iterations:0.0} %){(j.Loss is { } loss ? Text($", loss {loss:G9}") : "")}{(j.CheckpointAt is { } saved ? Text($"; saved last {saved:u}") : "")}"));
        yield return ("Checkpoints", $"s3://{j.Bucket}/{j.Prefix}");
        yield return ("Endpoint", j.EndpointAddress is { } address ? Text($"leads to trainer {j.EndpointEpoch} at {address}") : "");
        yield return ("Cost", Text($"{j.PaidUsd(now):0.00##} USD paid, {j.OnDemandUsd(now):0.00##} on demand, {j.SavedUsd(now):0.00##} saved; {j.Migrations} moves, {j.Interruptions} interruptions"));
        yield return ("Scout", j.Status is Contracts.LiveMigrations.JobStatus.Scouting ? j.WaitsBecause is { } waits ? $"waits: {waits}" : "looks for a place" : j.LastOffer is { } offer ? Text($"{offer.Pool} at {offer.HourlyUsd:0.0000} USD/h{(offer.ExpectedSavingUsd is { } saving ? Text($", {saving:0.00##} USD to be saved") : "")}: {string.Join("; ", offer.Reasons)}") : "");
        yield return ("Tags", string.Join(", ", j.Tags.Select(t => $"{t.Key}={t.Value}")));
        yield return ("Reason", j.Reason ?? "");
        yield return ("Ended", j.EndedAt is { } ended ? Text($"{ended:u}") : "");
    }

    static Markup Trainers(JobSummary j, DateTimeOffset now) => Markup.Of($"""
        <h2>Trainers</h2>
        <table><thead><tr><th class="number">Trainer</th><th>Pool</th><th>Instance</th><th>Address</th><th>From</th><th>Until</th><th class="number">USD/h</th><th class="number">USD</th><th>Failure</th></tr></thead><tbody>
        {j.Instances.Select(i => Markup.Of($"""
            <tr><td class="number">{i.Epoch}</td><td>{i.Pool}</td><td>{i.InstanceId}</td><td>{i.Address}</td><td class="time">{i.ProvisionedAt:yyyy-MM-dd HH:mm:ss}</td><td class="time">{i.GoneAt:yyyy-MM-dd HH:mm:ss}</td><td class="number">{i.HourlyUsd:0.0000}</td><td class="number">{i.PaidUsd(now):0.00##}</td><td>{i.Failure}</td></tr>

            """))}
        </tbody></table>
        """);

    static Markup Changeovers(JobHistory history) => Markup.Of($"""
        <h2>Changeovers</h2>
        <table><thead><tr><th class="number">Move</th><th>Why</th><th>Came to</th><th>From</th><th>To</th><th class="number">Step</th><th class="number">Lost</th><th class="number">Checkpoint s</th><th class="number">Launch s</th><th class="number">Boot s</th><th class="number">Switch s</th><th class="number">Takeover s</th><th class="number">Total s</th></tr></thead><tbody>
        {history.Changeovers.Select(c => Markup.Of($"""
            <tr><td class="number">{c.Number}</td><td>{EnumWords.Of(c.Trigger)}</td><td>{EnumWords.Of(c.Outcome)}</td><td>{c.FromPool}</td><td>{c.ToPool}</td><td class="number">{c.Step}</td><td class="number">{c.LostSteps}</td><td class="number">{c.Parts?.Checkpoint:0.0}</td><td class="number">{c.Parts?.Launch:0.0}</td><td class="number">{c.Parts?.Boot:0.0}</td><td class="number">{c.Parts?.Switch:0.0}</td><td class="number">{c.Parts?.TakeOver:0.0}</td><td class="number">{c.Parts?.Total:0.0}</td></tr>

            """))}
        </tbody></table>
        """);

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
