using OptiInfra.GraphQL.AspNetCore;

namespace OptiInfra.GraphQL.Tests.Data;

public sealed class DataTests
{
    public enum Size { Small, Large }

    public sealed record Owner(string Name);

    public sealed record Box(int Id, string? Label, Size Size, decimal Price, DateTimeOffset At, IReadOnlyList<string> Tags, Owner? Owner);

    public sealed class Query
    {
        static readonly Box[] All =
        [
            new(1, "red apple", Size.Small, 1.5m, Day(1), ["fruit", "red"], new("Ann")),
            new(2, "green pear", Size.Large, 2.5m, Day(2), ["fruit"], new("Bob")),
            new(3, null, Size.Small, 0m, Day(3), [], null),
            new(4, "Red car", Size.Large, 9000m, Day(4), ["red"], new("Ann")),
        ];

        static DateTimeOffset Day(int day) => new(2026, 1, day, 0, 0, 0, TimeSpan.Zero);

        [UsePaging(IncludeTotalCount = true, MaxPageSize = 3, DefaultPageSize = 2), UseFiltering, UseSorting]
        public IEnumerable<Box> GetBoxes() => All;

        [UsePaging, UseFiltering, UseSorting]
        public async Task<IQueryable<Box>> GetQueriedAsync()
        {
            await Task.Yield();
            return new PlainQuery<Box>(All.AsQueryable());
        }

        [UsePaging]
        public Connection<Box> GetOwnPage(PagingArguments paging, bool backwards = false) =>
            new([new(All[backwards ? ^1 : 0], $"{paging.First}/{paging.After}")], new(HasNextPage: true, HasPreviousPage: false, "a", "b"));

        [UsePaging(RequirePagingBoundaries = true, AllowBackwardPagination = false)]
        public int[] Strict => [1, 2, 3];
    }

    /// <summary>A query of which the engine may not know that its items are in memory.</summary>
    sealed class PlainQuery<T>(IQueryable<T> inner) : IQueryable<T>, IQueryProvider
    {
        public Type ElementType => inner.ElementType;
        public System.Linq.Expressions.Expression Expression => inner.Expression;
        public IQueryProvider Provider => this;
        public IEnumerator<T> GetEnumerator() => inner.GetEnumerator();
        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => inner.GetEnumerator();
        public IQueryable CreateQuery(System.Linq.Expressions.Expression expression) => inner.Provider.CreateQuery(expression);
        public IQueryable<TElement> CreateQuery<TElement>(System.Linq.Expressions.Expression expression) => new PlainQuery<TElement>(inner.Provider.CreateQuery<TElement>(expression));
        public object? Execute(System.Linq.Expressions.Expression expression) => inner.Provider.Execute(expression);
        public TResult Execute<TResult>(System.Linq.Expressions.Expression expression) => inner.Provider.Execute<TResult>(expression);
    }

    [Theory]
    [InlineData("label: { contains: \"red\" }", "1")]
    [InlineData("label: { ncontains: \"red\" }", "2,3,4")]
    [InlineData("label: { startsWith: \"Red\" }", "4")]
    [InlineData("label: { or: [{ eq: null }, { endsWith: \"pear\" }] }", "2,3")]
    [InlineData("label: { eq: null }", "3")]
    [InlineData("label: { in: [\"Red car\", null] }", "3,4")]
    [InlineData("id: { gt: 1, lte: 3 }", "2,3")]
    [InlineData("id: { nin: [1, 2] }", "3,4")]
    [InlineData("price: { gte: 2.5 }", "2,4")]
    [InlineData("at: { lt: \"2026-01-02T01:00:00+02:00\" }", "1")]
    [InlineData("size: { eq: LARGE }", "2,4")]
    [InlineData("size: { in: [SMALL] }", "1,3")]
    [InlineData("tags: { some: { eq: \"red\" } }", "1,4")]
    [InlineData("tags: { none: { eq: \"red\" } }", "2,3")]
    [InlineData("tags: { all: { eq: \"fruit\" } }", "2,3")]
    [InlineData("tags: { any: false }", "3")]
    [InlineData("owner: { name: { eq: \"Ann\" } }", "1,4")]
    [InlineData("owner: null", "3")]
    [InlineData("or: [{ id: { eq: 1 } }, { and: [{ id: { neq: 2 } }, { size: { eq: LARGE } }] }]", "1,4")]
    [InlineData("", "1,2,3,4")]
    public async Task where_picks_items(string where, string ids)
    {
        await using var server = Server.Of<Query>();
        Assert.Equal(ids, Ids(await server.Execute($"{{ boxes(where: {{ {where} }}, first: 3) {{ nodes {{ id }} }} more: boxes(where: {{ {where} }}, first: 3, after: \"Mg==\") {{ nodes {{ id }} }} }}")));
        // a database is not asked whether something is null before its text is searched
        if (where.Contains("label", StringComparison.Ordinal) || where.Contains("owner", StringComparison.Ordinal)) return;
        Assert.Equal(ids, Ids(await server.Execute($"{{ queried(where: {{ {where} }}) {{ nodes {{ id }} }} }}")));
    }

    [Theory]
    [InlineData("[{ price: DESC }]", "4,2,1,3")]
    [InlineData("[{ size: DESC }, { id: DESC }]", "4,2,3,1")]
    [InlineData("[{ label: ASC }]", "3,4,2,1")]
    [InlineData("[{ owner: { name: ASC } }, { id: DESC }]", "3,4,1,2")]
    public async Task order_sorts_items(string order, string ids)
    {
        await using var server = Server.Of<Query>();
        Assert.Equal(ids, Ids(await server.Execute($"{{ boxes(order: {order}, first: 3) {{ nodes {{ id }} }} more: boxes(order: {order}, after: \"Mg==\") {{ nodes {{ id }} }} }}")));
        if (order.Contains("owner", StringComparison.Ordinal) || order.Contains("label", StringComparison.Ordinal)) return;
        Assert.Equal(ids, Ids(await server.Execute($"{{ queried(order: {order}) {{ nodes {{ id }} }} }}")));
    }

    static string Ids(string json) => string.Join(',', System.Text.RegularExpressions.Regex.Matches(json, "\"id\":(\\d)").Select(match => match.Groups[1].Value));

    [Theory]
    [InlineData("", """{"data":{"boxes":{"totalCount":4,"nodes":[{"id":1},{"id":2}],"pageInfo":{"hasNextPage":true,"hasPreviousPage":false,"startCursor":"MA==","endCursor":"MQ=="}}}}""")]
    [InlineData("(first: 1, after: \"MQ==\")", """{"data":{"boxes":{"totalCount":4,"nodes":[{"id":3}],"pageInfo":{"hasNextPage":true,"hasPreviousPage":true,"startCursor":"Mg==","endCursor":"Mg=="}}}}""")]
    [InlineData("(last: 1)", """{"data":{"boxes":{"totalCount":4,"nodes":[{"id":4}],"pageInfo":{"hasNextPage":false,"hasPreviousPage":true,"startCursor":"Mw==","endCursor":"Mw=="}}}}""")]
    [InlineData("(last: 2, before: \"Mg==\")", """{"data":{"boxes":{"totalCount":4,"nodes":[{"id":1},{"id":2}],"pageInfo":{"hasNextPage":true,"hasPreviousPage":false,"startCursor":"MA==","endCursor":"MQ=="}}}}""")]
    [InlineData("(first: 0)", """{"data":{"boxes":{"totalCount":4,"nodes":[],"pageInfo":{"hasNextPage":true,"hasPreviousPage":false,"startCursor":null,"endCursor":null}}}}""")]
    [InlineData("(after: \"MTA=\")", """{"data":{"boxes":{"totalCount":4,"nodes":[],"pageInfo":{"hasNextPage":false,"hasPreviousPage":true,"startCursor":null,"endCursor":null}}}}""")]
    public async Task a_list_is_answered_in_pages(string arguments, string response)
    {
        await using var server = Server.Of<Query>();
        Assert.Equal(response, await server.Execute($"{{ boxes{arguments} {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"));
    }

    [Fact]
    public async Task a_query_is_paged_without_a_count()
    {
        await using var server = Server.Of<Query>();
        Assert.Equal(
            """{"data":{"queried":{"edges":[{"cursor":"Mg==","node":{"id":3}}],"pageInfo":{"hasNextPage":true}}}}""",
            await server.Execute("{ queried(first: 1, after: \"MQ==\") { edges { cursor node { id } } pageInfo { hasNextPage } } }"));
    }

    [Theory]
    [InlineData("{ boxes(first: 4) { nodes { id } } }", "Argument \\\"first\\\" is 4, but a page of \\\"boxes\\\" holds at most 3 items.")]
    [InlineData("{ boxes(last: -1) { nodes { id } } }", "Argument \\\"last\\\" must not be negative; it is -1.")]
    [InlineData("{ boxes(after: \"x\") { nodes { id } } }", "Argument \\\"after\\\" is no cursor of this list.")]
    [InlineData("{ strict { nodes } }", "Field \\\"strict\\\" needs \\\"first\\\".")]
    public async Task a_page_that_cannot_be_is_refused(string query, string message)
    {
        await using var server = Server.Of<Query>();
        Assert.Contains(message, await server.Execute(query), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_method_may_page_itself()
    {
        await using var server = Server.Of<Query>();
        Assert.Equal(
            """{"data":{"ownPage":{"edges":[{"cursor":"2/x","node":{"id":4}}]}}}""",
            await server.Execute("{ ownPage(first: 2, after: \"x\", backwards: true) { edges { cursor node { id } } } }"));
    }

    [Fact]
    public void the_schema_shows_what_can_be_asked()
    {
        var printed = OptiInfra.GraphQL.Types.SchemaPrinter.Print(Server.Of<Query>().Schema);
        Assert.Contains("\n  or: [BoxFilterInput!]\n  id: IntOperationFilterInput\n  label: StringOperationFilterInput\n  size: SizeOperationFilterInput\n", printed.Replace("\n  \"\"\"\n  At least one of these.\n  \"\"\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("input OwnerSortInput {\n  name: SortEnumType\n}", printed, StringComparison.Ordinal);
        Assert.Contains("@listSize(assumedSize: 3, slicingArguments: [\"first\", \"last\"], sizedFields: [\"edges\", \"nodes\"], requireOneSlicingArgument: false)", printed, StringComparison.Ordinal);
    }
}
