using System.Net;
using System.Text.Json;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests.GraphQL;

public sealed class QueryTests : IAsyncLifetime
{
    GatewayFixture gateway = null!;
    readonly MigrationStory completed = new MigrationStory(Guid.CreateVersion7()).Completed();
    readonly MigrationStory waiting = new MigrationStory(Guid.CreateVersion7(), start: MigrationStory.Start.AddDays(40)).Voted();

    public async ValueTask InitializeAsync()
    {
        gateway = await GatewayFixture.StartAsync();
        await gateway.AppendAsync(completed);
        await gateway.AppendAsync(waiting);
        await gateway.ProjectAsync();
    }

    public ValueTask DisposeAsync() => gateway.DisposeAsync();

    static string Text(JsonElement element) => element.GetRawText();

    [Fact]
    public async Task migrations_are_paged_filtered_and_sorted()
    {
        var newest = await gateway.Client.DataAsync("{ migrations(first: 1) { totalCount nodes { id status question } pageInfo { hasNextPage endCursor } } }");
        var page = newest.GetProperty("migrations");
        Assert.Equal(2, page.GetProperty("totalCount").GetInt32());
        var node = Assert.Single(page.GetProperty("nodes").EnumerateArray());
        Assert.Equal((waiting.Id, "AWAITING_APPROVAL"), (node.GetProperty("id").GetGuid(), node.GetProperty("status").GetString()));
        var second = await gateway.Client.DataAsync(
            "query Next($after: String) { migrations(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage } } }", new { after = page.GetProperty("pageInfo").GetProperty("endCursor").GetString() });
        Assert.Equal($$$$"""{"migrations":{"nodes":[{"id":"{{{{completed.Id}}}}"}],"pageInfo":{"hasNextPage":false}}}""", Text(second));
        Assert.Equal(
            $$$$"""{"migrations":{"nodes":[{"id":"{{{{completed.Id}}}}","realisedSavingMonthlyUsd":518.300}]}}""",
            Text(await gateway.Client.DataAsync("{ migrations(where: { status: { eq: COMPLETE } }) { nodes { id realisedSavingMonthlyUsd } } }")));
        Assert.Equal(
            $$$$"""{"migrations":{"nodes":[{"id":"{{{{completed.Id}}}}"},{"id":"{{{{waiting.Id}}}}"}]}}""",
            Text(await gateway.Client.DataAsync("{ migrations(order: [{ requestedAt: ASC }]) { nodes { id } } }")));
    }

    [Fact]
    public async Task a_migration_comes_with_its_timeline_moves_votes_and_opportunities()
    {
        var data = await gateway.Client.DataAsync(
            """
            query One($id: UUID!) {
              migration(id: $id) {
                refusals { reason instances }
                timeline { version kind text }
                moves { instanceId progress pool { instanceType } }
                votes { agent approved evidence { name value } }
                opportunities { found { instanceId excludedBy } refused { instanceId reason } }
              }
            }
            """,
            new { id = completed.Id });
        var migration = data.GetProperty("migration");
        Assert.Equal("[{\"reason\":\"PROTECTED\",\"instances\":1},{\"reason\":\"BURSTABLE_TYPE\",\"instances\":1}]", Text(migration.GetProperty("refusals")));
        Assert.Equal("migration_requested", migration.GetProperty("timeline")[0].GetProperty("kind").GetString());
        Assert.Equal(completed.Events.Count, migration.GetProperty("timeline").GetArrayLength());
        Assert.Equal(5, migration.GetProperty("moves").EnumerateArray().Count(move => move.GetProperty("progress").GetString() == "RETIRED"));
        Assert.Equal("resource", migration.GetProperty("votes").EnumerateArray().Single(vote => !vote.GetProperty("approved").GetBoolean()).GetProperty("agent").GetString());
        Assert.Equal("[\"resource\"]", JsonSerializer.Serialize(migration.GetProperty("opportunities").GetProperty("found").EnumerateArray().Select(o => o.GetProperty("excludedBy").GetString()).OfType<string>()));
    }

    [Fact]
    public async Task a_migration_can_be_seen_as_it_was()
    {
        const string query = "query Then($id: UUID!, $version: Long, $time: DateTime) { migrationAsOf(id: $id, version: $version, time: $time) { version status phase timeline { version } moves { progress } } }";
        var requested = await gateway.Client.DataAsync(query, new { id = completed.Id, version = 1 });
        Assert.Equal("""{"migrationAsOf":{"version":1,"status":"PENDING","phase":0,"timeline":[{"version":1}],"moves":[]}}""", Text(requested));

        var events = (await gateway.Store.Log.ReadAsync(0, 1000)).Events.Where(e => e.StreamId == completed.Id).ToList();
        var started = events.First(e => e.EventTypeName == "phase_started");
        var inPhase = (await gateway.Client.DataAsync(query, new { id = completed.Id, version = started.Version })).GetProperty("migrationAsOf");
        Assert.Equal((1, "EXECUTING10_PERCENT"), (inPhase.GetProperty("phase").GetInt32(), inPhase.GetProperty("status").GetString()));
        Assert.Equal(1, inPhase.GetProperty("moves").EnumerateArray().Count(move => move.GetProperty("progress").GetString() == "WAITING"));

        var atTheEnd = (await gateway.Client.DataAsync(query, new { id = completed.Id, time = events[^1].Timestamp })).GetProperty("migrationAsOf");
        Assert.Equal("COMPLETE", atTheEnd.GetProperty("status").GetString());
        Assert.Equal("""{"migrationAsOf":null}""", Text(await gateway.Client.DataAsync(query, new { id = completed.Id, time = events[0].Timestamp.AddDays(-1) })));
        Assert.Equal("bad_input", (await gateway.Client.RefusalAsync(query, new { id = completed.Id })).Code);
        Assert.Equal("bad_input", (await gateway.Client.RefusalAsync(query, new { id = completed.Id, version = 1, time = events[0].Timestamp })).Code);
    }

    [Fact]
    public async Task the_log_is_searched_by_stream_type_time_and_actor_and_paged_by_sequence()
    {
        const string query = """
            query Audit($stream: UUID, $types: [String!], $actor: String, $from: DateTime, $to: DateTime, $after: String) {
              events(stream: $stream, types: $types, actor: $actor, from: $from, to: $to, first: 3, after: $after) {
                nodes { sequence type version data } pageInfo { hasNextPage endCursor }
              }
            }
            """;
        var phases = (await gateway.Client.DataAsync(query, new { stream = completed.Id, types = new[] { "phase_completed" }, actor = "ana" })).GetProperty("events");
        Assert.Equal([1, 2, 3], phases.GetProperty("nodes").EnumerateArray().Select(e => e.GetProperty("data").GetProperty("phase").GetInt32()));
        Assert.Equal("""{"events":{"nodes":[],"pageInfo":{"hasNextPage":false,"endCursor":null}}}""", Text(await gateway.Client.DataAsync(query, new { actor = "nobody" })));
        var now = TimeProvider.System.GetUtcNow();
        Assert.Empty((await gateway.Client.DataAsync(query, new { to = now.AddDays(-1) })).GetProperty("events").GetProperty("nodes").EnumerateArray());
        Assert.Empty((await gateway.Client.DataAsync(query, new { from = now.AddDays(1) })).GetProperty("events").GetProperty("nodes").EnumerateArray());

        List<long> versions = [];
        string? after = null;
        do
        {
            var page = (await gateway.Client.DataAsync(query, new { stream = completed.Id, after })).GetProperty("events");
            versions.AddRange(page.GetProperty("nodes").EnumerateArray().Select(e => e.GetProperty("version").GetInt64()));
            after = page.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean() ? page.GetProperty("pageInfo").GetProperty("endCursor").GetString() : null;
        }
        while (after is not null);
        Assert.Equal(Enumerable.Range(1, completed.Events.Count).Select(v => (long)v), versions);

        var newest = await gateway.Client.DataAsync("query Last($id: UUID!) { events(stream: $id, newestFirst: true, first: 1) { nodes { type } } }", new { id = completed.Id });
        Assert.Equal("""{"events":{"nodes":[{"type":"migration_completed"}]}}""", Text(newest));
        Assert.Equal("bad_input", (await gateway.Client.RefusalAsync(query, new { after = "first" })).Code);
    }

    [Fact]
    public async Task savings_add_up_by_month_and_team()
    {
        var months = (await gateway.Client.DataAsync("{ savingsByMonth { month total { promisedMonthlyUsd realisedMonthlyUsd } teams { team amounts { promisedMonthlyUsd } } } }")).GetProperty("savingsByMonth");
        Assert.Equal(473.20m, months.EnumerateArray().Sum(month => month.GetProperty("total").GetProperty("promisedMonthlyUsd").GetDecimal()));
        foreach (var month in months.EnumerateArray())
            Assert.Equal(month.GetProperty("total").GetProperty("promisedMonthlyUsd").GetDecimal(), month.GetProperty("teams").EnumerateArray().Sum(team => team.GetProperty("amounts").GetProperty("promisedMonthlyUsd").GetDecimal()));
    }

    [Fact]
    public async Task lag_is_told_in_positions()
    {
        var mark = await gateway.Store.Log.HighWaterMarkAsync();
        const string query = "{ relay { position lag waitingSince problem } projections { name lag error } me { name roles customers } }";
        var before = await gateway.Client.DataAsync(query);
        Assert.Equal(mark, before.GetProperty("relay").GetProperty("lag").GetInt64());
        Assert.NotEqual(JsonValueKind.Null, before.GetProperty("relay").GetProperty("waitingSince").ValueKind);
        Assert.Equal(0, before.GetProperty("projections").EnumerateArray().Single(p => p.GetProperty("name").GetString() == "MigrationSummary").GetProperty("lag").GetInt64());
        Assert.Equal("""{"name":"ada","roles":["ADMIN"],"customers":["*"]}""", Text(before.GetProperty("me")));
        await gateway.RelayedAsync();
        Assert.Equal($$"""{"position":{{mark}},"lag":0,"waitingSince":null,"problem":null}""", Text((await gateway.Client.DataAsync(query)).GetProperty("relay")));
    }

    [Fact]
    public async Task without_sign_in_nothing_is_answered()
    {
        using var answer = await gateway.Anonymous.GetAsync(new Uri("/graphql?query={me{name}}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("{ migrations { nodes { ...A } } } fragment A on Migration { id ...A }")]
    [InlineData("{ migrations { nodes { ...A } } } fragment A on Migration { ...B } fragment B on Migration { ... { ...A } }")]
    public async Task fragments_that_spread_themselves_are_refused(string query) =>
        Assert.Contains("contains itself", (await gateway.Client.AskAsync(query)).ToString(), StringComparison.Ordinal);
}
