using OptiInfra.EventStore;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.Pages;

static class MigrationListPage
{
    public static string Of(string customer, string caller, IReadOnlyList<MigrationSummary> migrations) => Markup.Page("Migrations", Markup.Of($"""
        <h1>Spot migrations of {customer}</h1>
        {(migrations.Count == 0 ? Empty() : Table(customer, migrations))}
        <p><a href="/jobs{CustomerQuery(customer)}">Training jobs</a> · <a href="/graphiql">GraphiQL</a> · <a href="/health/ready">readiness</a></p>
        <form method="post" action="/signout"><p>Signed in as {caller} <button>Sign out</button></p></form>
        """));

    /// <summary>What a link needs so that it stays with the same customer.</summary>
    public static string CustomerQuery(string customer) =>
        customer == SessionOptions.DefaultTenant ? "" : "?customer=" + Uri.EscapeDataString(customer);

    static Markup Empty() => Markup.Of($"<p>None yet; <code>optiinfra migrate</code> requests one.</p>");

    static Markup Table(string customer, IReadOnlyList<MigrationSummary> migrations) => Markup.Of($"""
        <table><thead><tr><th>Requested</th><th>Migration</th><th>Status</th><th class="number">Moved</th><th class="number">Promised USD/month</th><th class="number">Realised USD/month</th></tr></thead><tbody>
        {migrations.Select(m => Row(customer, m))}
        </tbody></table>
        """);

    static Markup Row(string customer, MigrationSummary m) => Markup.Of($"""
        <tr><td class="time">{m.RequestedAt:yyyy-MM-dd HH:mm:ss}</td><td><a href="/migrations/{m.Id}{CustomerQuery(customer)}">{m.Id}</a> by {m.RequestedBy}</td><td>{EnumWords.Of(m.Status)}</td><td class="number">{m.Moved} of {m.PlannedInstances}</td><td class="number">{m.PromisedSavingMonthlyUsd:0.00}</td><td class="number">{m.RealisedSavingMonthlyUsd:0.00}</td></tr>

        """);
}

static class MissingPage
{
    /// <param name="kind">migration or job.</param>
    /// <param name="all">Path of the page that lists them.</param>
    public static string Of(Guid id, string kind, string all) => Markup.Page("Not found", Markup.Of($"""
        <h1>There is no {kind} {id}</h1>
        <p>It belongs to another customer (<code>?customer=</code>), or its request has not reached the read models yet. <a href="{all}">All {kind}s</a></p>
        """));
}

static class RefusedPage
{
    public static string Of(string reason) => Markup.Page("Not permitted", Markup.Of($"""
        <h1>Not permitted</h1>
        <p>{reason}</p>
        """));
}
