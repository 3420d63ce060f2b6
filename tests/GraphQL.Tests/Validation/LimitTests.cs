using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.GraphQL.AspNetCore;
using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Validation;

namespace OptiInfra.GraphQL.Tests.Validation;

public sealed class LimitTests
{
    public sealed class Query
    {
        public string Name => "name";

        public async Task<string> Slow()
        {
            await Task.Yield();
            return "slow";
        }

        [Cost(25)]
        public string Dear => "dear";

        public IReadOnlyList<Item> Items => [new(1)];

        public Item First => new(1);

        [UsePaging(MaxPageSize = 40)]
        public IReadOnlyList<Item> Pages => [new(1)];

        [ListSize(AssumedSize = 5, SlicingArguments = ["top"])]
        public IEnumerable<Item> Top(int top = 3) => Enumerable.Range(0, Math.Min(top, 3)).Select(id => new Item(id));

        [ListSize(SlicingArguments = ["first", "last"], RequireOneSlicingArgument = true)]
        public IEnumerable<Item> Bounded(int? first = null, int? last = null) => [new((first ?? last)!.Value)];
    }

    public sealed record Item(int Id)
    {
        public Item Next => new(Id + 1);
    }

    static Server NewServer(OperationBounds? bounds = null) => new(builder => builder.AddQueryType<Query>().ModifyRequestOptions(options => options.Bounds = bounds ?? options.Bounds));

    [Theory]
    [InlineData("{ name }", 1)]
    [InlineData("{ __typename }", 1)]
    [InlineData("{ slow }", 10)]
    [InlineData("{ dear }", 25)]
    [InlineData("{ items { id } }", 11)]
    [InlineData("{ items { next { id } } name }", 22)]
    [InlineData("{ pages { nodes { id } } }", 51)]
    [InlineData("{ pages(first: 4) { nodes { id } pageInfo { hasNextPage } } }", 17)]
    [InlineData("query($n: Int) { pages(last: $n) { edges { node { id } } } }", 25)]
    [InlineData("query($n: Int) { pages(first: $n) { ...P } } fragment P on PagesConnection { nodes { id } }", 18)]
    [InlineData("{ top { id } }", 4)]
    [InlineData("query($n: Int! = 2) { top(top: $n) { id } }", 8)]
    [InlineData("{ top(top: -1) { id } }", 1)]
    [InlineData("{ name @skip(if: true) slow @include(if: false) ... @skip(if: false) { dear } }", 25)]
    [InlineData("query($f: Boolean!) { name @include(if: $f) slow @skip(if: $f) }", 1)]
    [InlineData("{ ...A items { ...B } } fragment A on Query { name first { ...B } } fragment B on Item { id next { id } }", 36)]
    public async Task an_operation_costs_what_it_may_do(string query, double cost)
    {
        await using var server = NewServer();
        await using var result = await server.Services.GetRequiredService<RequestExecutor>().ExecuteAsync(
            new() { Query = query, Variables = JsonSerializer.SerializeToElement(new { n = 7, f = true }), ReportCost = true }, server.Services);
        var extensions = Assert.IsType<OperationResult>(result).Extensions!;
        var reported = Assert.IsType<Dictionary<string, object?>>(extensions["operationCost"], exactMatch: false);
        Assert.Equal((cost, 10_000d), (reported["cost"], reported["limit"]));
    }

    [Fact]
    public async Task what_costs_too_much_is_refused_with_its_price()
    {
        await using var server = NewServer(new() { MaxCost = 20 });
        Assert.Contains("\"data\":", await server.Execute("query($n: Int!) { top(top: $n) { id } }", new { n = 19 }), StringComparison.Ordinal);
        Assert.Equal(
            """{"errors":[{"message":"The operation costs 21; at most 20 are allowed. Ask for fewer fields or smaller pages.","locations":[{"line":1,"column":1}],"extensions":{"code":"COST_EXCEEDED"}}]}""",
            await server.Execute("query($n: Int!) { top(top: $n) { id } }", new { n = 20 }));
    }

    [Theory]
    [InlineData("{ top(top: 101) { id } }", "Argument \\\"top\\\" of \\\"top\\\" is 101; at most 100 are allowed.")]
    [InlineData("query($n: Int!) { ...F } fragment F on Query { top(top: $n) { id } }", "Argument \\\"top\\\" of \\\"top\\\" is 5000; at most 100 are allowed.")]
    [InlineData("{ bounded { id } }", "Field \\\"bounded\\\" needs \\\"first\\\" or \\\"last\\\".")]
    [InlineData("{ bounded(first: 1, last: 1) { id } }", "Field \\\"bounded\\\" needs \\\"first\\\" or \\\"last\\\", and not both.")]
    public async Task a_page_that_is_too_long_or_unbounded_is_refused(string query, string message)
    {
        await using var server = NewServer();
        var response = await server.Execute(query, new { n = 5_000 });
        Assert.Contains(message, response, StringComparison.Ordinal);
        Assert.Contains("PAGE_SIZE_EXCEEDED", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(19, true)]
    [InlineData(20, false)]
    public async Task an_operation_is_only_so_deep(int levels, bool passes)
    {
        await using var server = NewServer();
        var inner = string.Concat(Enumerable.Repeat("...N next { ", levels - 2)) + "id" + string.Concat(Enumerable.Repeat(" }", levels - 2));
        var response = await server.Execute($"{{ first {{ next {{ {inner} }} }} }} fragment N on Item {{ id }}");
        Assert.Equal(passes, !response.Contains($"The operation is {levels + 1} fields deep; at most 20 are allowed.", StringComparison.Ordinal));
        Assert.Equal(passes, response.Contains("\"data\":", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public async Task an_operation_has_only_so_many_aliases(int count, bool passes)
    {
        await using var server = NewServer();
        var response = await server.Execute($"{{ {string.Concat(Enumerable.Range(0, count).Select(i => $"a{i}: name "))} }}");
        Assert.Equal(passes, !response.Contains("The operation has 51 aliases; at most 50 are allowed.", StringComparison.Ordinal));
        Assert.Equal(passes, response.Contains("\"data\":", StringComparison.Ordinal));
    }

    [Fact]
    public async Task fragments_that_double_at_each_level_are_counted_without_being_unfolded()
    {
        await using var server = NewServer(new() { MaxDepth = 1_000 });
        var levels = string.Concat(Enumerable.Range(0, 100).Select(i => $"fragment F{i} on Item {{ a: next {{ ...F{i + 1} }} b: next {{ ...F{i + 1} }} }} "));
        Assert.Contains("The operation has 1000000000 aliases", await server.Execute($"{{ first {{ ...F0 }} }} {levels} fragment F100 on Item {{ id }}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_schema_can_be_asked_for_as_tools_do_but_not_in_circles()
    {
        await using var server = NewServer();
        var ofTypes = string.Concat(Enumerable.Repeat("ofType { kind name ", 9)) + new string('}', 9);
        Assert.Contains("\"data\":", await server.Execute($"{{ __schema {{ types {{ fields {{ args {{ type {{ kind {ofTypes} }} }} }} interfaces {{ name }} }} }} }}"), StringComparison.Ordinal);
        Assert.Contains("lists of fields or types within each other", await server.Execute("{ __type(name: \"Item\") { fields { type { fields { type { fields { name } } } } } } }"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task fragments_in_cycles_are_refused_before_anything_follows_them()
    {
        await using var server = NewServer();
        Assert.Contains("Fragment \\\"F\\\" contains itself", await server.Execute("{ first { ...F } } fragment F on Item { id next { ...F } }"), StringComparison.Ordinal);
    }
}
