using OptiInfra.Projections;

namespace OptiInfra.Gateway.Pages;

static class JobListPage
{
    public static string Of(string customer, IReadOnlyList<JobSummary> jobs, DateTimeOffset now) => Markup.Page("Training jobs", Markup.Of($"""
        <p><a href="/{MigrationListPage.CustomerQuery(customer)}">Spot migrations</a></p>
        <h1>Training jobs of {customer}</h1>
        {(jobs.Count == 0 ? Markup.Of($"<p>None yet; <code>optiinfra jobs submit</code> submits one.</p>") : Table(customer, jobs, now))}
        """));

    static Markup Table(string customer, IReadOnlyList<JobSummary> jobs, DateTimeOffset now) => Markup.Of($"""
        <table><thead><tr><th>Submitted</th><th>Job</th><th>Status</th><th>Runs in</th><th class="number">USD/h</th><th class="number">Step</th><th class="number">Loss</th><th class="number">Moves</th><th class="number">Paid USD</th><th class="number">Saved USD</th></tr></thead><tbody>
        {jobs.Select(j => Row(customer, j, now))}
        </tbody></table>
        """);

    static Markup Row(string customer, JobSummary j, DateTimeOffset now) => Markup.Of($"""
        <tr><td class="time">{j.SubmittedAt:yyyy-MM-dd HH:mm:ss}</td><td><a href="/jobs/{j.Id}{MigrationListPage.CustomerQuery(customer)}">{j.Name}</a> by {j.SubmittedBy}</td><td>{EnumWords.Of(j.Status)}{(j.Attention is null ? "" : " (needs a look)")}</td><td>{j.Working?.Pool}</td><td class="number">{j.Working?.HourlyUsd:0.0000}</td><td class="number">{(j.Iterations == 0 ? null : Markup.Of($"{j.Step} of {j.Iterations}"))}</td><td class="number">{j.Loss:G6}</td><td class="number">{j.Migrations}</td><td class="number">{j.PaidUsd(now):0.00##}</td><td class="number">{j.SavedUsd(now):0.00##}</td></tr>

        """);
}
