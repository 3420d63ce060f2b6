using System.Text.Json;
using OptiInfra.Contracts.Access;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Projections;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests.GraphQL;

/// <summary>What is asked about all migrations together, and about the platform.</summary>
public sealed class RootFieldTests : IAsyncLifetime
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    GatewayFixture gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await GatewayFixture.StartAsync();

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    async Task<MigrationStory> ToldAsync(MigrationStory story)
    {
        await gateway.AppendAsync(story);
        await gateway.ProjectAsync();
        return story;
    }

    [Fact]
    public async Task an_opportunity_is_as_the_newest_analysis_of_its_instance_found_it()
    {
        const string query = "{ opportunities { totalCount nodes { migrationId analysedAt instanceId team expectedSavingMonthlyUsd excludedBy migration { status } } } }";
        var older = await ToldAsync(new MigrationStory(Guid.CreateVersion7(), "acme").Completed());
        var first = (await gateway.Client.DataAsync(query, customer: "acme")).GetProperty("opportunities");
        await using var session = gateway.Store.QuerySession("acme");
        var known = (await session.LoadAsync<MigrationOpportunities>(older.Id))!;
        Assert.Equal(
            known.Found.OrderByDescending(found => found.ExpectedSavingMonthlyUsd).ThenByDescending(found => found.InstanceId, StringComparer.Ordinal).Select(found => (found.InstanceId, found.Team, found.ExpectedSavingMonthlyUsd, found.ExcludedBy)),
            first.GetProperty("nodes").EnumerateArray().Select(node => (node.GetProperty("instanceId").GetString()!, node.GetProperty("team").GetString(), node.GetProperty("expectedSavingMonthlyUsd").GetDecimal(), node.GetProperty("excludedBy").GetString())));
        Assert.All(first.GetProperty("nodes").EnumerateArray(), node => Assert.Equal("COMPLETE", node.GetProperty("migration").GetProperty("status").GetString()));

        // the same instances, looked at again
        var newer = await ToldAsync(new MigrationStory(Guid.CreateVersion7(), "acme", start: MigrationStory.Start.AddDays(9)).Analysed());
        var second = (await gateway.Client.DataAsync(query, customer: "acme")).GetProperty("opportunities");
        Assert.Equal(first.GetProperty("totalCount").GetInt32(), second.GetProperty("totalCount").GetInt32());
        Assert.All(second.GetProperty("nodes").EnumerateArray(), node => Assert.Equal(newer.Id, node.GetProperty("migrationId").GetGuid()));

        var page = await gateway.Client.DataAsync(
            "{ opportunities(where: { team: { eq: \"search\" }, excludedBy: { eq: null } }, order: [{ instanceId: ASC }], first: 1) { totalCount nodes { instanceId } } }", customer: "acme");
        var fitting = known.Found.Where(found => found.Team == "search").Select(found => found.InstanceId).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(fitting.Count, page.GetProperty("opportunities").GetProperty("totalCount").GetInt32());
        Assert.Equal(fitting.Take(1), page.GetProperty("opportunities").GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("instanceId").GetString()));
    }

    [Fact]
    public async Task agents_are_told_with_what_they_said_and_what_is_awaited_of_them()
    {
        var voted = await ToldAsync(new MigrationStory(Guid.CreateVersion7(), "acme").Completed());
        var asked = new MigrationStory(Guid.CreateVersion7(), "acme").Analysed();
        await ToldAsync(asked.Do(new RequestVotes(asked.Id)));
        await using var session = gateway.Store.QuerySession("acme");
        var votes = (await session.LoadAsync<AgentVotes>(voted.Id))!.Votes;
        var agents = (await gateway.Client.DataAsync("{ agents { name asked approved rejected excludedInstances meanConfidence lastVoteAt } }", customer: "acme")).GetProperty("agents");
        Assert.Equal(
            votes.OrderBy(vote => vote.Agent, StringComparer.Ordinal).Select(vote => (vote.Agent, 2, vote.Approved ? 1 : 0, vote.Approved ? 0 : 1, vote.ExcludedInstanceIds.Count, vote.Confidence, vote.At)),
            agents.EnumerateArray().Select(agent => (
                agent.GetProperty("name").GetString()!, agent.GetProperty("asked").GetInt32(), agent.GetProperty("approved").GetInt32(), agent.GetProperty("rejected").GetInt32(),
                agent.GetProperty("excludedInstances").GetInt32(), agent.GetProperty("meanConfidence").GetDouble(), agent.GetProperty("lastVoteAt").GetDateTimeOffset())));
    }

    [Fact]
    public async Task savings_by_team_are_the_savings_by_month_seen_from_the_other_side()
    {
        await ToldAsync(new MigrationStory(Guid.CreateVersion7(), "acme").Completed());
        await ToldAsync(new MigrationStory(Guid.CreateVersion7(), "acme", start: MigrationStory.Start.AddDays(40)).Completed());
        const string amounts = "{ promisedMonthlyUsd withdrawnMonthlyUsd realisedMonthlyUsd }";
        var data = await gateway.Client.DataAsync($"{{ savingsByMonth {{ month teams {{ team amounts {amounts} }} }} savingsByTeam {{ team total {amounts} months {{ month amounts {amounts} }} }} }}", customer: "acme");
        var byMonth = data.GetProperty("savingsByMonth").EnumerateArray().SelectMany(m => m.GetProperty("teams").EnumerateArray().Select(t => (m.GetProperty("month").GetString(), t.GetProperty("team").GetString(), t.GetProperty("amounts").GetRawText()))).ToList();
        var byTeam = data.GetProperty("savingsByTeam").EnumerateArray().SelectMany(t => t.GetProperty("months").EnumerateArray().Select(m => (m.GetProperty("month").GetString(), t.GetProperty("team").GetString(), m.GetProperty("amounts").GetRawText()))).ToList();
        Assert.Equal((3, 2), (byMonth.Select(part => part.Item1).Distinct().Count(), byMonth.Select(part => part.Item2).Distinct().Count()));
        Assert.Equal(byMonth.Order(), byTeam.Order());
        foreach (var team in data.GetProperty("savingsByTeam").EnumerateArray())
            Assert.Equal(
                team.GetProperty("months").EnumerateArray().Sum(m => m.GetProperty("amounts").GetProperty("realisedMonthlyUsd").GetDecimal()),
                team.GetProperty("total").GetProperty("realisedMonthlyUsd").GetDecimal());
        var one = (await gateway.Client.DataAsync("{ savingsByTeam(team: \"search\") { team } }", customer: "acme")).GetProperty("savingsByTeam");
        Assert.Equal("""[{"team":"search"}]""", one.GetRawText());
    }

    [Fact]
    public async Task tokens_are_told_without_their_secrets_to_admins_of_all_of_their_customers()
    {
        var ours = await gateway.IssueAsync("kim", [Role.Viewer], ["acme"]);
        var shared = await gateway.IssueAsync("max", [Role.Operator], ["acme", "globex"]);
        var revoked = await gateway.IssueAsync("eve", [Role.Viewer], ["acme"]);
        await gateway.Tokens.RevokeAsync(revoked.Token.Id, "ada", "left");
        var admin = await gateway.IssueAsync("bea", [Role.Admin], ["acme"]);
        using var acme = gateway.NewClient(admin.Text);
        using var kim = gateway.NewClient(ours.Text);
        await kim.DataAsync("{ me { name } }");

        var told = (await acme.DataAsync("{ tokens { nodes { id name roles customers isGood lastUsedAt } } }")).GetProperty("tokens").GetProperty("nodes");
        Assert.Equal([admin.Token.Id, ours.Token.Id], told.EnumerateArray().Select(token => token.GetProperty("id").GetGuid()));
        Assert.All(told.EnumerateArray(), token => Assert.NotEqual(JsonValueKind.Null, token.GetProperty("lastUsedAt").ValueKind));
        Assert.DoesNotContain("globex", told.ToString(), StringComparison.Ordinal);

        var ended = (await acme.DataAsync("{ tokens(includeEnded: true) { nodes { id isGood revokedBy } } }")).GetProperty("tokens").GetProperty("nodes").EnumerateArray().Single(token => token.GetProperty("id").GetGuid() == revoked.Token.Id);
        Assert.Equal((false, "ada"), (ended.GetProperty("isGood").GetBoolean(), ended.GetProperty("revokedBy").GetString()));

        var everything = await gateway.Client.DataAsync("{ tokens(first: 2) { nodes { id } pageInfo { hasNextPage endCursor } } }");
        var rest = await gateway.Client.DataAsync("query Rest($after: String) { tokens(after: $after) { nodes { id } } }", new { after = everything.GetProperty("tokens").GetProperty("pageInfo").GetProperty("endCursor").GetString() });
        Assert.Contains(shared.Token.Id.ToString(), everything.ToString() + rest, StringComparison.Ordinal);
        Assert.DoesNotContain(typeof(Commands.Access.AccessToken).GetProperty("SecretHash")!.Name, await File.ReadAllTextAsync(Path.Combine(Repository.Root, "src/Gateway/schema.graphql")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task a_projection_is_rebuilt_while_it_is_read_and_only_for_admins_of_every_customer()
    {
        const string rebuild = """mutation { rebuildProjection(input: { name: "MigrationSummary" }) { projection { name isOwn } errors { ... on CommandRefusedError { code message } } } }""";
        var story = await ToldAsync(new MigrationStory(Guid.CreateVersion7(), "acme").Completed());
        await using (var session = gateway.Store.LightweightSession(new EventStore.SessionOptions { TenantId = "acme" }))
        {
            session.Delete<MigrationSummary>(story.Id);
            await session.SaveChangesAsync();
        }

        using var acme = gateway.NewClient((await gateway.IssueAsync("bea", [Role.Admin], ["acme"])).Text);
        Assert.Equal("all_customers_needed", (await acme.RefusalAsync(rebuild)).Code);
        var begun = (await gateway.Client.DataAsync(rebuild)).GetProperty("rebuildProjection");
        Assert.Equal("""{"name":"MigrationSummary","isOwn":true}""", begun.GetProperty("projection").GetRawText());
        await Eventually.TrueAsync(
            async () => (await gateway.Client.DataAsync("{ migrations { totalCount } }", customer: "acme")).GetProperty("migrations").GetProperty("totalCount").GetInt32() == 1,
            Bound, "the rebuilt read model");
        await Eventually.TrueAsync(
            async () => (await gateway.Client.DataAsync("{ projections { name isOwn isRebuilding rebuild { position ceiling } } }")).GetProperty("projections").EnumerateArray().All(p => !p.GetProperty("isRebuilding").GetBoolean()),
            Bound, "the end of the rebuild");

        var refused = (await gateway.Client.DataAsync(rebuild.Replace("MigrationSummary", "Nothing", StringComparison.Ordinal))).GetProperty("rebuildProjection");
        Assert.Equal("unknown_projection", refused.GetProperty("errors")[0].GetProperty("code").GetString());
    }
}
