using OptiInfra.GraphQL.AspNetCore;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Tests.Mutations;

public sealed class MutationTests
{
    public sealed class OutOfStockException(string item) : Exception($"No {item} left.")
    {
        public string Item => item;
    }

    public sealed record TooMany(string Message, int Most)
    {
        public static TooMany CreateErrorFrom(ArgumentOutOfRangeException fault) => new("Too many.", (int)fault.ActualValue!);
    }

    public sealed record Receipt(string Item, int Count);

    public sealed class Query
    {
        public int Zero => 0;
    }

    public sealed class Mutation
    {
        static readonly List<string> Order = [];

        [Error(typeof(OutOfStockException)), Error<TooMany>]
        public async Task<Receipt> BuyAsync(string item, int count = 1)
        {
            await Task.Yield();
            if (item == "pear") throw new OutOfStockException(item);
            if (count > 5) throw new ArgumentOutOfRangeException(nameof(count), 5, null);
            if (item == "bug") throw new InvalidOperationException("secret");
            return new(item, count);
        }

        [UseMutationConvention(PayloadFieldName = "done")]
        public bool Clear()
        {
            Order.Clear();
            return true;
        }

        [UseMutationConvention(Disable = true)]
        public async Task<string> Note(string text, int milliseconds)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);
            Order.Add(text);
            return string.Join(',', Order);
        }
    }

    static Server NewServer() => new(builder => builder.AddQueryType<Query>().AddMutationType<Mutation>().AddMutationConventions());

    [Theory]
    [InlineData("item: \"apple\"", """{"data":{"buy":{"receipt":{"item":"apple","count":1},"errors":null}}}""")]
    [InlineData("item: \"pear\"", """{"data":{"buy":{"receipt":null,"errors":[{"__typename":"OutOfStockError","message":"No pear left.","item":"pear"}]}}}""")]
    [InlineData("item: \"apple\", count: 9", """{"data":{"buy":{"receipt":null,"errors":[{"__typename":"TooMany","message":"Too many.","most":5}]}}}""")]
    public async Task a_refusal_is_part_of_the_payload(string input, string response)
    {
        await using var server = NewServer();
        Assert.Equal(response, await server.Execute(
            $$"""mutation { buy(input: { {{input}} }) { receipt { item count } errors { __typename ... on Error { message } ... on OutOfStockError { item } ... on TooMany { most } } } }"""));
    }

    [Fact]
    public async Task what_nobody_foresaw_is_no_part_of_the_payload()
    {
        await using var server = NewServer();
        var answer = await server.Execute("mutation { buy(input: { item: \"bug\" }) { receipt { item } } }");
        Assert.Contains("Unexpected Execution Error", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", answer, StringComparison.Ordinal);
        Assert.EndsWith("\"data\":null}", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task mutations_are_executed_one_after_the_other()
    {
        await using var server = NewServer();
        Assert.Equal(
            """{"data":{"clear":{"done":true},"a":"slow","b":"slow,quick","c":"slow,quick,last"}}""",
            await server.Execute("mutation { clear { done } a: note(text: \"slow\", milliseconds: 30) b: note(text: \"quick\", milliseconds: 0) c: note(text: \"last\", milliseconds: 1) }"));
    }

    [Fact]
    public void the_schema_shows_inputs_payloads_and_errors()
    {
        var printed = SchemaPrinter.Print(NewServer().Schema);
        Assert.Contains("input BuyInput {\n  item: String!\n  count: Int! = 1\n}", printed, StringComparison.Ordinal);
        Assert.Contains("type BuyPayload {\n  receipt: Receipt\n  errors: [BuyError!]\n}", printed, StringComparison.Ordinal);
        Assert.Contains("union BuyError = OutOfStockError | TooMany", printed, StringComparison.Ordinal);
        Assert.Contains("type TooMany implements Error {", printed, StringComparison.Ordinal);
        Assert.Contains("  note(text: String!, milliseconds: Int!): String!", printed, StringComparison.Ordinal);
    }
}
