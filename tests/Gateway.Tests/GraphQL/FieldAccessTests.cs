using System.Text.Json;
using OptiInfra.Contracts.Access;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests.GraphQL;

/// <summary>Roles and customers, asked over HTTP.</summary>
public sealed class FieldAccessTests : IAsyncLifetime
{
    static readonly Guid Some = Guid.Parse("0198a000-0000-7000-8000-00000000abcd");

    static readonly Dictionary<string, string> Fields = new(StringComparer.Ordinal)
    {
        ["Query.me"] = "{ me { name } }",
        ["Query.migrations"] = "{ migrations { totalCount } }",
        ["Query.migration"] = $$"""{ migration(id: "{{Some}}") { id } }""",
        ["Query.migrationAsOf"] = $$"""{ migrationAsOf(id: "{{Some}}", version: 1) { id } }""",
        ["Query.savingsByMonth"] = "{ savingsByMonth { month } }",
        ["Query.savingsByTeam"] = "{ savingsByTeam { team } }",
        ["Query.opportunities"] = "{ opportunities { totalCount } }",
        ["Query.agents"] = "{ agents { name } }",
        ["Query.tokens"] = "{ tokens { nodes { id } } }",
        ["Query.explain"] = $$"""{ explain(id: "{{Some}}") { status } }""",
        ["Query.events"] = "{ events { nodes { id } } }",
        ["Query.relay"] = "{ relay { lag } }",
        ["Query.projections"] = "{ projections { lag } }",
        ["Mutation.rebuildProjection"] = "mutation { rebuildProjection(input: { name: \"none\" }) { projection { name } } }",
        ["Mutation.requestSpotMigration"] = "mutation { requestSpotMigration(input: {}) { migration { id } } }",
        ["Mutation.approveMigration"] = $$"""mutation { approveMigration(input: { id: "{{Some}}", planHash: "x" }) { migration { id } } }""",
        ["Mutation.rejectMigration"] = $$"""mutation { rejectMigration(input: { id: "{{Some}}", reason: "x" }) { migration { id } } }""",
        ["Mutation.cancelMigration"] = $$"""mutation { cancelMigration(input: { id: "{{Some}}", reason: "x" }) { migration { id } } }""",
        ["Mutation.whatIf"] = $$"""mutation { whatIf(input: { id: "{{Some}}", policy: {} }) { report { same } } }""",
        ["Mutation.replayMigration"] = $$"""mutation { replayMigration(input: { id: "{{Some}}" }) { report { same } } }""",
        ["Mutation.resumeMigration"] = $$"""mutation { resumeMigration(input: { id: "{{Some}}" }) { migration { id } } }""",
    };

    GatewayFixture gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await GatewayFixture.StartAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    async Task<HttpClient> WithAsync(string name, Role role, params string[] customers) => gateway.NewClient((await gateway.IssueAsync(name, [role], customers)).Text);

    [Theory]
    [InlineData(Role.Viewer, "Query.me Query.migrations Query.migration Query.migrationAsOf Query.savingsByMonth Query.savingsByTeam Query.opportunities Query.agents Query.explain Query.events")]
    [InlineData(Role.Operator, "Query.me Query.migrations Query.migration Query.migrationAsOf Query.savingsByMonth Query.savingsByTeam Query.opportunities Query.agents Query.explain Query.events Query.relay Query.projections Mutation.requestSpotMigration Mutation.cancelMigration Mutation.resumeMigration Mutation.whatIf Mutation.replayMigration")]
    [InlineData(Role.Approver, "Query.me Query.migrations Query.migration Query.migrationAsOf Query.savingsByMonth Query.savingsByTeam Query.opportunities Query.agents Query.explain Query.events Mutation.approveMigration Mutation.rejectMigration")]
    public async Task each_role_is_answered_its_fields_and_no_other(Role role, string allowed)
    {
        using var client = await WithAsync("kim", role, "acme");
        foreach (var (field, query) in Fields)
        {
            var answer = await client.AskAsync(query);
            if (allowed.Split(' ').Contains(field, StringComparer.Ordinal))
                Assert.False(answer.TryGetProperty("errors", out var errors), $"{field}: {errors}");
            else
                Assert.Equal("role_needed", answer.Refusal().Code);
        }
    }

    [Fact]
    public async Task a_token_sees_changes_and_learns_nothing_of_another_customer()
    {
        var ours = new MigrationStory(Guid.CreateVersion7(), "acme").Completed();
        var theirs = new MigrationStory(Guid.CreateVersion7(), "globex").Voted();
        await gateway.AppendAsync(ours);
        await gateway.AppendAsync(theirs);
        await gateway.ProjectAsync();
        using var acme = await WithAsync("kim", Role.Admin, "acme");

        var everything = (await acme.DataAsync("{ migrations { nodes { id customer } } events(first: 100) { nodes { streamId } } savingsByMonth { month } savingsByTeam { team } opportunities { nodes { migrationId } } agents { name } }")).ToString();
        Assert.Contains(ours.Id.ToString(), everything, StringComparison.Ordinal);
        Assert.DoesNotContain(theirs.Id.ToString(), everything, StringComparison.Ordinal);

        // what is another customer's reads like what nobody has
        var nobodys = Guid.CreateVersion7();
        foreach (var query in (string[])
        [
            "{ migration(id: \"ID\") { id } }",
            "{ migrationAsOf(id: \"ID\", version: 1) { id } }",
            "{ events(stream: \"ID\") { nodes { id } } }",
            "{ explain(id: \"ID\") { status } }",
            "mutation { whatIf(input: { id: \"ID\", policy: {} }) { errors { ... on CommandRefusedError { code message } } } }",
            "mutation { replayMigration(input: { id: \"ID\" }) { errors { ... on CommandRefusedError { code message } } } }",
            "mutation { cancelMigration(input: { id: \"ID\", reason: \"x\" }) { migration { id } errors { ... on CommandRefusedError { code message } } } }",
            $"mutation {{ approveMigration(input: {{ id: \"ID\", planHash: \"{theirs.State!.PlanHash}\" }}) {{ migration {{ id }} errors {{ ... on CommandRefusedError {{ code message }} }} }} }}",
        ])
        {
            var answer = (await acme.AskAsync(query.Replace("ID", theirs.Id.ToString(), StringComparison.Ordinal))).ToString();
            var unknown = (await acme.AskAsync(query.Replace("ID", nobodys.ToString(), StringComparison.Ordinal))).ToString();
            Assert.Equal(unknown.Replace(nobodys.ToString(), theirs.Id.ToString(), StringComparison.Ordinal), answer);
        }

        // nor does naming the customer help, whether or not there is one of that name
        const string named = "query Of($customer: String) { migrations(customer: $customer) { totalCount } }";
        var denied = await acme.RefusalAsync(named, new { customer = "globex" });
        Assert.Equal("not_your_customer", denied.Code);
        Assert.Equal(denied, await acme.RefusalAsync(named, new { customer = "initech" }));
        Assert.Equal(denied, await acme.RefusalAsync(named, customer: "globex"));
        Assert.Equal(theirs.Events.Count, (await gateway.Store.Log.ReadAsync(0, 1000)).Events.Count(e => e.StreamId == theirs.Id));
    }

    [Fact]
    public async Task one_request_may_ask_for_several_customers_of_the_caller()
    {
        var ours = new MigrationStory(Guid.CreateVersion7(), "acme").Requested();
        var theirs = new MigrationStory(Guid.CreateVersion7(), "globex").Requested();
        await gateway.AppendAsync(ours);
        await gateway.AppendAsync(theirs);
        await gateway.ProjectAsync();
        using var both = await WithAsync("kim", Role.Viewer, "acme", "globex");
        Assert.Equal("customer_needed", (await both.RefusalAsync("{ migrations { totalCount } }")).Code);
        var data = await both.DataAsync("""
            { a: migrations(customer: "acme") { nodes { id timeline { kind } } } g: migrations(customer: "globex") { nodes { id timeline { kind } } } }
            """);
        foreach (var (alias, id) in ((string, Guid)[])[("a", ours.Id), ("g", theirs.Id)])
        {
            var node = Assert.Single(data.GetProperty(alias).GetProperty("nodes").EnumerateArray());
            Assert.Equal(id, node.GetProperty("id").GetGuid());
            Assert.Equal(1, node.GetProperty("timeline").GetArrayLength());
        }
    }
}
