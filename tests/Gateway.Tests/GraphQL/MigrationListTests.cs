using System.Globalization;
using System.Text.Json;
using Npgsql;
using OptiInfra.Projections;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests.GraphQL;

/// <summary>Lists of migrations, filtered, sorted and paged by the database.</summary>
public sealed class MigrationListTests(MigrationListTests.ManyMigrations many) : IClassFixture<MigrationListTests.ManyMigrations>
{
    const int Count = 24;

    public sealed class ManyMigrations : IAsyncLifetime
    {
        internal GatewayFixture Gateway { get; private set; } = null!;
        internal List<MigrationSummary> Told { get; } = [];

        public async ValueTask InitializeAsync()
        {
            Gateway = await GatewayFixture.StartAsync();
            for (var i = 0; i < Count; i++)
            {
                // two of a kind at the same instant each time, so that ids decide
                var story = new MigrationStory(Guid.CreateVersion7(), start: MigrationStory.Start.AddDays(i / 2));
                await Gateway.AppendAsync((i % 4) switch { 0 => story.Completed(), 1 => story.Voted(), 2 => story.DegradedInPhase(2).RolledBack(), _ => story.Requested() });
            }

            await Gateway.ProjectAsync();
            await using var session = Gateway.Store.QuerySession();
            Told.AddRange(await session.QueryAsync<MigrationSummary>(""));
        }

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }

    async Task<List<Guid>> AllAsync(string arguments, int page = 5, bool backwards = false)
    {
        List<Guid> ids = [];
        string? cursor = null;
        do
        {
            var (size, place) = backwards ? ("last", "before") : ("first", "after");
            var list = (await many.Gateway.Client.DataAsync(
                $"query List($cursor: String) {{ migrations({size}: {page}, {place}: $cursor {arguments}) {{ nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}", new { cursor })).GetProperty("migrations");
            var found = list.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("id").GetGuid()).ToList();
            if (backwards)
                ids.InsertRange(0, found);
            else
                ids.AddRange(found);
            var info = list.GetProperty("pageInfo");
            cursor = info.GetProperty(backwards ? "hasPreviousPage" : "hasNextPage").GetBoolean() ? info.GetProperty(backwards ? "startCursor" : "endCursor").GetString() : null;
        }
        while (cursor is not null);
        return ids;
    }

    static string Text(DateTimeOffset instant) => instant.ToString("O", CultureInfo.InvariantCulture);

    public static TheoryData<string, Func<MigrationSummary, bool>> Filters => new()
    {
        { "status: { eq: COMPLETE }", m => m.Status is Contracts.SpotMigrations.MigrationStatus.Complete },
        { "status: { in: [COMPLETE, PENDING] }", m => m.Status is Contracts.SpotMigrations.MigrationStatus.Complete or Contracts.SpotMigrations.MigrationStatus.Pending },
        { "status: { nin: [COMPLETE] }, isOver: { eq: true }", m => m.Status is not Contracts.SpotMigrations.MigrationStatus.Complete && m.IsOver },
        { $"requestedAt: {{ gte: \"{Text(MigrationStory.Start.AddDays(3).ToOffset(TimeSpan.FromHours(2)))}\", lt: \"{Text(MigrationStory.Start.AddDays(5))}\" }}", m => m.RequestedAt >= MigrationStory.Start.AddDays(3) && m.RequestedAt < MigrationStory.Start.AddDays(5) },
        { "realisedSavingMonthlyUsd: { gt: 500.5 }", m => m.RealisedSavingMonthlyUsd > 500.5m },
        { "promisedSavingMonthlyUsd: { eq: null }", m => m.PromisedSavingMonthlyUsd is null },
        { "promisedSavingMonthlyUsd: { neq: 1 }", m => m.PromisedSavingMonthlyUsd != 1 },
        { "promisedSavingMonthlyUsd: { ngt: 1 }", m => !(m.PromisedSavingMonthlyUsd > 1) },
        { "endedAt: { neq: null }", m => m.EndedAt is not null },
        { "reason: { contains: \"degraded\" }", m => m.Reason?.Contains("degraded", StringComparison.Ordinal) == true },
        { "reason: { ncontains: \"degraded\" }", m => m.Reason?.Contains("degraded", StringComparison.Ordinal) != true },
        { "requestedBy: { startsWith: \"a\", endsWith: \"%\" }", m => m.RequestedBy.StartsWith('a') && m.RequestedBy.EndsWith('%') },
        { "requestedBy: { or: [{ eq: \"nobody\" }, { nstartsWith: \"x\" }] }", _ => true },
        { "or: [{ status: { eq: COMPLETE } }, { and: [{ phase: { gte: 2 } }, { isOver: { eq: true } }] }]", m => m.Status is Contracts.SpotMigrations.MigrationStatus.Complete || (m.Phase >= 2 && m.IsOver) },
        { "or: []", _ => false },
        { "lastQuality: { verdict: { eq: HEALTHY }, degradation: { lt: 10 } }", m => m.LastQuality is { Verdict: Contracts.SpotMigrations.QualityVerdict.Healthy, Degradation: < 10 } },
        { "lastQuality: null", m => m.LastQuality is null },
        { "refusals: { some: { reason: { eq: PROTECTED }, instances: { gte: 1 } } }", m => m.Refusals.GetValueOrDefault(Contracts.SpotMigrations.RefusalReason.Protected) >= 1 },
        { "refusals: { any: false }", m => m.Refusals.IsEmpty },
        { "version: { eq: null }", _ => true },
        { "version: { gt: 1 }", _ => false },
        { "opportunityCount: { gt: 0 }, customer: { eq: \"default\" }", m => m.Opportunities > 0 },
        { "requestedBy: { eq: \"x' or true --\" }", _ => false },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task what_meets_the_conditions_is_listed_and_counted(string where, Func<MigrationSummary, bool> meets)
    {
        var expected = many.Told.Where(meets).Select(m => m.Id).Order().ToList();
        Assert.Equal(expected, (await AllAsync($", where: {{ {where} }}")).Order());
        var counted = await many.Gateway.Client.DataAsync($"{{ migrations(where: {{ {where} }}) {{ totalCount }} }}");
        Assert.Equal(expected.Count, counted.GetProperty("migrations").GetProperty("totalCount").GetInt32());
    }

    public static TheoryData<string, Func<IEnumerable<MigrationSummary>, IOrderedEnumerable<MigrationSummary>>> Orders => new()
    {
        { "", all => all.OrderByDescending(m => m.RequestedAt).ThenByDescending(m => m.Id) },
        { ", order: [{ requestedAt: ASC }]", all => all.OrderBy(m => m.RequestedAt).ThenBy(m => m.Id) },
        { ", order: [{ promisedSavingMonthlyUsd: ASC }, { requestedAt: DESC }]", all => all.OrderBy(m => m.PromisedSavingMonthlyUsd).ThenByDescending(m => m.RequestedAt).ThenByDescending(m => m.Id) },
        { ", order: [{ endedAt: DESC }]", all => all.OrderByDescending(m => m.EndedAt).ThenByDescending(m => m.Id) },
        { ", order: [{ status: ASC }, { moved: DESC }]", all => all.OrderBy(m => m.Status).ThenByDescending(m => m.Moved).ThenByDescending(m => m.Id) },
        { ", order: [{ lastQuality: { verdict: DESC, degradation: ASC } }]", all => all.OrderByDescending(m => m.LastQuality?.Verdict).ThenBy(m => m.LastQuality?.Degradation).ThenBy(m => m.Id) },
        { ", order: [{ isOver: ASC }, { reason: DESC }]", all => all.OrderBy(m => m.IsOver).ThenByDescending(m => m.Reason, StringComparer.Ordinal).ThenByDescending(m => m.Id) },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task pages_follow_each_other_in_the_order_asked_for_both_ways(string order, Func<IEnumerable<MigrationSummary>, IOrderedEnumerable<MigrationSummary>> sort)
    {
        var expected = sort(many.Told).Select(m => m.Id).ToList();
        Assert.Equal(expected, await AllAsync(order));
        Assert.Equal(expected, await AllAsync(order, page: 7, backwards: true));
    }

    [Theory]
    [InlineData("after: \"MQ==\"")]
    [InlineData("after: \"\"")]
    [InlineData("before: \"WyJyZXF1ZXN0ZWRBdC0saWQtIixudWxsLG51bGxd\"")]
    [InlineData("after: \"💥\"")]
    [InlineData("where: { requestedBy: { eq: \"a\\u0000b\" } }")]
    [InlineData("where: { lastQuality: { degradation: { gt: 1e300 } } }")]
    public async Task what_is_no_cursor_or_value_of_the_list_is_refused(string arguments) =>
        Assert.Equal("bad_input", (await many.Gateway.Client.RefusalAsync($"{{ migrations({arguments}) {{ nodes {{ id }} }} }}")).Code);

    [Fact]
    public async Task a_page_stays_in_its_place_while_others_are_requested()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        for (var i = 0; i < 4; i++)
            await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7(), start: MigrationStory.Start.AddDays(i)).Requested());
        await gateway.ProjectAsync();
        const string query = "query Next($after: String) { migrations(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }";
        var all = (await gateway.Client.DataAsync("{ migrations { nodes { id } } }")).GetProperty("migrations").GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("id").GetGuid()).ToList();
        var first = (await gateway.Client.DataAsync(query)).GetProperty("migrations");
        await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7(), start: MigrationStory.Start.AddDays(100)).Requested());
        await gateway.ProjectAsync();
        var second = (await gateway.Client.DataAsync(query, new { after = first.GetProperty("pageInfo").GetProperty("endCursor").GetString() })).GetProperty("migrations");
        Assert.Equal(all, new[] { first, second }.SelectMany(page => page.GetProperty("nodes").EnumerateArray()).Select(node => node.GetProperty("id").GetGuid()));
    }

    [Fact]
    public async Task the_newest_of_many_are_read_from_an_index()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7()).Completed());
        await gateway.ProjectAsync();
        var schema = gateway.Store.Options.DatabaseSchemaName;
        await using var copies = gateway.Store.DataSource.CreateCommand($"""
            insert into {schema}.doc_migration_summary (tenant_id, id, data, last_modified)
            select case when n % 2 = 0 then 'default' else 'other' end, gen_random_uuid(), data || jsonb_build_object('requestedAt', to_char(timestamp '2026-01-01' + n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS') || '+00:00'), last_modified
              from {schema}.doc_migration_summary, generate_series(1, 20000) n
            """);
        await copies.ExecuteNonQueryAsync();
        await using var connection = new NpgsqlConnection(gateway.OwnerConnectionString);
        await connection.OpenAsync();
        await using (var analyze = new NpgsqlCommand($"analyze {schema}.doc_migration_summary", connection))
            await analyze.ExecuteNonQueryAsync();

        using var statements = new SentStatements();
        var page = (await gateway.Client.DataAsync("{ migrations(first: 3) { nodes { id } pageInfo { endCursor } } }")).GetProperty("migrations");
        await gateway.Client.DataAsync("query Next($after: String) { migrations(first: 3, after: $after) { nodes { id } } }", new { after = page.GetProperty("pageInfo").GetProperty("endCursor").GetString() });
        var sent = statements.All.Where(sql => sql.Contains("with documents", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, sent.Count);
        foreach (var (sql, parameters) in sent.Zip<string, object[]>([["default"], ["2026-01-02T00:00:00+00:00", "7", "default"]]))
        {
            await using var explain = new NpgsqlCommand("explain " + sql, connection);
            foreach (var parameter in parameters)
                explain.Parameters.Add(new NpgsqlParameter { Value = parameter });
            List<string> plan = [];
            await using var reader = await explain.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                plan.Add(reader.GetString(0));
            var told = string.Join('\n', plan);
            Assert.True(told.Contains("Index Scan", StringComparison.Ordinal) && !told.Contains("Sort", StringComparison.Ordinal), told);
        }
    }
}
