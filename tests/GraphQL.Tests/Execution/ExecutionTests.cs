using OptiInfra.GraphQL.AspNetCore;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Tests.Execution;

public sealed class ExecutionTests
{
    public sealed class Query
    {
        public string Hello(string name = "world") => $"Hello, {name}!";
        public async Task<Item> GetLaterAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            return new(7);
        }
        public IReadOnlyList<Item> Items(int count) => [.. Enumerable.Range(0, count).Select(id => new Item(id))];
        public Item? Nothing => null;
        public string Secret => throw new InvalidOperationException("the password is 1234");
        public string? Told => throw new GraphQLException(new GraphQLError("told") { Code = "TOLD" });
        public int[] Numbers => [1, 2, 3];
        public Colour Paint(Colour colour) => colour;
        public string? Search(Filter filter) => $"{filter.Name}/{filter.Limit}/{string.Join('+', filter.Tags ?? [])}";
        public DateTimeOffset At => new(2026, 3, 4, 5, 6, 7, 800, TimeSpan.FromHours(2));
        public TimeSpan Takes => TimeSpan.FromMinutes(90);
        public decimal Price => 12.50m;
        public long Big => 1L << 40;
        public Guid Key => new("0f8fad5b-d9cb-469f-a165-70867728950e");
        [ID] public string Id => "x";
        public IShape Shape(bool square) => square ? new Square(2) : new Circle(1.5);
        public string Escapes => "\"\\\n\u0001é😀";
    }

    public enum Colour { DeepRed, Green }

    public sealed record Filter(string? Name, IReadOnlyList<string>? Tags, int Limit = 10);

    [InterfaceType("Shape")]
    public interface IShape { double Area { get; } }

    public sealed record Square(double Side) : IShape { public double Area => Side * Side; }

    public sealed record Circle(double Radius) : IShape { public double Area => 3 * Radius * Radius; }

    public sealed record Item(int Id)
    {
        public string Name => $"item {Id}";
        public async Task<string?> LateName(bool fail = false, bool nothing = false)
        {
            await Task.Yield();
            if (fail) throw new InvalidOperationException("late");
            return nothing ? null : $"late {Id}";
        }
        public async Task<string> Sure(int unless = -1)
        {
            await Task.Yield();
            return unless == Id ? null! : $"sure {Id}";
        }
        public Item? Next => Id < 3 ? new(Id + 1) : null;
        public string Broken => throw new InvalidOperationException();
    }

    static async Task Answers(string query, string response, object? variables = null)
    {
        await using var server = Server.Of<Query>();
        Assert.Equal(response, await server.Execute(query, variables));
    }

    [Theory]
    [InlineData("{ hello }", """{"data":{"hello":"Hello, world!"}}""")]
    [InlineData("{ a: hello(name: \"A\") b: hello(name: \"B\") __typename }", """{"data":{"a":"Hello, A!","b":"Hello, B!","__typename":"Query"}}""")]
    [InlineData("{ later { id name lateName } }", """{"data":{"later":{"id":7,"name":"item 7","lateName":"late 7"}}}""")]
    [InlineData("{ items(count: 2) { id lateName next { id } } numbers nothing { id } }", """{"data":{"items":[{"id":0,"lateName":"late 0","next":{"id":1}},{"id":1,"lateName":"late 1","next":{"id":2}}],"numbers":[1,2,3],"nothing":null}}""")]
    [InlineData("{ paint(colour: DEEP_RED) }", """{"data":{"paint":"DEEP_RED"}}""")]
    [InlineData("{ search(filter: { name: \"n\", tags: [\"a\", \"b\"] }) }", """{"data":{"search":"n/10/a+b"}}""")]
    [InlineData("{ search(filter: { tags: \"a\", limit: 3 }) }", """{"data":{"search":"/3/a"}}""")]
    [InlineData("{ at takes price big key id }", """{"data":{"at":"2026-03-04T05:06:07.8+02:00","takes":"PT1H30M","price":12.50,"big":1099511627776,"key":"0f8fad5b-d9cb-469f-a165-70867728950e","id":"x"}}""")]
    [InlineData("{ a: shape(square: true) { __typename area ... on Square { side } ... on Circle { radius } } b: shape(square: false) { ...R } } fragment R on Circle { __typename radius }", """{"data":{"a":{"__typename":"Square","area":4,"side":2},"b":{"__typename":"Circle","radius":1.5}}}""")]
    [InlineData("{ later { next { id } ...F next { name } } } fragment F on Item { id }", """{"data":{"later":{"next":null,"id":7}}}""")]
    [InlineData("{ escapes }", "{\"data\":{\"escapes\":\"\\\"\\\\\\n\\u0001é😀\"}}")]
    public Task a_query_is_answered(string query, string response) => Answers(query, response);

    [Theory]
    [InlineData(true, """{"data":{"a":"Hello, world!"}}""")]
    [InlineData(false, """{"data":{"b":"Hello, world!"}}""")]
    public Task conditions_take_fields_in_and_out(bool flag, string response) =>
        Answers("query($f: Boolean!) { a: hello @include(if: $f) b: hello @skip(if: $f) }", response, new { f = flag });

    [Fact]
    public Task variables_fill_arguments_and_keep_defaults() =>
        Answers("query($n: String, $l: Int = 5, $c: Colour!, $absent: String) { hello(name: $n) kept: hello(name: $absent) search(filter: { name: $n, limit: $l }) paint(colour: $c) items(count: 0) { id } }",
            """{"data":{"hello":"Hello, x!","kept":"Hello, world!","search":"x/5/","paint":"GREEN","items":[]}}""", new { n = "x", c = "GREEN" });

    [Theory]
    [InlineData("query($n: Int!) { items(count: $n) { id } }", "Variable \\u0022$n\\u0022 of required type \\u0022Int!\\u0022 was not provided.")]
    public async Task a_missing_variable_is_told(string query, string message)
    {
        await using var server = Server.Of<Query>();
        Assert.Contains(message.Replace("\\u0022", "\\\"", StringComparison.Ordinal), await server.Execute(query), StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_a_resolver_throws_is_not_told_unless_it_is_meant_to_be()
    {
        await using var server = Server.Of<Query>();
        Assert.Equal("""{"errors":[{"message":"Unexpected Execution Error","locations":[{"line":1,"column":3}],"path":["secret"]}],"data":null}""", await server.Execute("{ secret }"));
        Assert.Equal("""{"errors":[{"message":"told","locations":[{"line":1,"column":9}],"path":["told"],"extensions":{"code":"TOLD"}}],"data":{"hello":"Hello, world!","told":null}}""", await server.Execute("{ hello told }"));
    }

    [Fact]
    public Task a_late_fault_stands_in_its_place() => Answers(
        "{ items(count: 1) { id lateName(fail: true) name } }",
        """{"errors":[{"message":"Unexpected Execution Error","locations":[{"line":1,"column":24}],"path":["items",0,"lateName"]}],"data":{"items":[{"id":0,"lateName":null,"name":"item 0"}]}}""");

    [Fact]
    public Task a_null_of_a_sure_field_wipes_out_the_nearest_that_may_be_null() => Answers(
        "{ later { id next { id } } hello items(count: 1) { next { id broken } name } }",
        """{"errors":[{"message":"Unexpected Execution Error","locations":[{"line":1,"column":62}],"path":["items",0,"next","broken"]}],"data":{"later":{"id":7,"next":null},"hello":"Hello, world!","items":[{"next":null,"name":"item 0"}]}}""");

    [Fact]
    public Task a_late_null_of_a_sure_field_wipes_out_the_nearest_that_may_be_null() => Answers(
        "{ items(count: 2) { id next { id sure(unless: 2) next { sure } } name } hello }",
        """{"errors":[{"message":"Cannot return null for non-nullable field Item.sure.","locations":[{"line":1,"column":34}],"path":["items",1,"next","sure"]}],"data":{"items":[{"id":0,"next":{"id":1,"sure":"sure 1","next":{"sure":"sure 2"}},"name":"item 0"},{"id":1,"next":null,"name":"item 1"}],"hello":"Hello, world!"}}""");

    [Fact]
    public Task a_late_null_up_to_the_root_leaves_no_data() => Answers(
        "{ hello items(count: 1) { sure(unless: 0) } }",
        """{"errors":[{"message":"Cannot return null for non-nullable field Item.sure.","locations":[{"line":1,"column":27}],"path":["items",0,"sure"]}],"data":null}""");

    [Fact]
    public async Task the_operation_is_chosen_by_its_name()
    {
        await using var server = Server.Of<Query>();
        const string Two = "query A { a: hello } query B { b: hello }";
        Assert.Equal("""{"data":{"b":"Hello, world!"}}""", await server.Execute(Two, operationName: "B"));
        Assert.Equal("""{"errors":[{"message":"Unknown operation named \"C\"."}]}""", await server.Execute(Two, operationName: "C"));
        Assert.Equal("""{"errors":[{"message":"Must provide operation name if query contains multiple operations."}]}""", await server.Execute(Two));
    }

    [Fact]
    public async Task a_syntax_error_is_an_error_without_data()
    {
        await using var server = Server.Of<Query>();
        Assert.Equal("""{"errors":[{"message":"Syntax Error: Expected Name, found <EOF>.","locations":[{"line":1,"column":2}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}""", await server.Execute("{"));
    }

    public sealed class Loader(IBatchScheduler scheduler, Log log) : BatchDataLoader<int, string>(scheduler)
    {
        protected override async Task<IReadOnlyDictionary<int, string>> LoadBatchAsync(IReadOnlyList<int> keys, CancellationToken cancellationToken)
        {
            log.Lines.Add(string.Join(',', keys));
            await Task.Yield();
            return keys.Where(key => key != 3).ToDictionary(key => key, key => $"loaded {key}");
        }
    }

    public sealed class Log { public List<string> Lines { get; } = []; }

    [ExtendObjectType(typeof(Item))]
    public sealed class ItemExtension
    {
        public Task<string?> Loaded([Parent] Item item, Loader loader) => loader.LoadAsync(item.Id);
        public async Task<string?> Twice([Parent] Item item, Loader loader) => await loader.LoadAsync(item.Id) + await loader.LoadAsync(item.Id + 10);
    }

    [Fact]
    public async Task a_loader_fetches_what_all_resolvers_wait_for_at_once()
    {
        var log = new Log();
        await using var server = new Server(builder =>
        {
            Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(builder.Services, log);
            builder.AddQueryType<Query>().AddTypeExtension<ItemExtension>();
        });
        Assert.Equal(
            """{"data":{"items":[{"loaded":"loaded 0","next":{"loaded":"loaded 1"}},{"loaded":"loaded 1","next":{"loaded":"loaded 2"}},{"loaded":"loaded 2","next":{"loaded":null}}]}}""",
            await server.Execute("{ items(count: 3) { loaded next { loaded } } }"));
        Assert.Equal(["0,1,2,3"], log.Lines);
        log.Lines.Clear();
        await server.Execute("{ items(count: 3) { twice } }");
        Assert.Equal(["0,1,2", "10,11,12"], log.Lines);
    }
}
