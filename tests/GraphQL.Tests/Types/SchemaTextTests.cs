using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Tests.Types;

public sealed class SchemaTextTests
{
    const string Sdl = """"
        schema {
          query: Root
        }

        directive @cost(weight: String!) on FIELD_DEFINITION

        """
        A colour
        """
        enum Colour {
          RED
          GREEN @deprecated(reason: "faded")
        }

        scalar Date @specifiedBy(url: "https://example.com/date")

        type Dog implements Node & Pet {
          id: ID!
          name(upper: Boolean = false): String
        }

        input Filter @oneOf {
          name: String
          tags: [String!]
        }

        interface Node {
          id: ID!
        }

        interface Pet implements Node {
          id: ID!
          name(upper: Boolean = false): String
        }

        type Root {
          any: [Thing!]! @cost(weight: "2.5") @listSize(assumedSize: 10)
          pets(first: Int, where: Filter = {name: "x"}): [Pet]
        }

        union Thing = Dog

        """";

    readonly Schema _schema = Schema.Parse(Sdl);

    [Fact]
    public void a_schema_from_text_is_printed_as_it_was()
    {
        var printed = SchemaPrinter.Print(_schema);
        Assert.Equal(printed, SchemaPrinter.Print(Schema.Parse(printed)));
        Assert.Contains("type Dog implements Node & Pet {\n  id: ID!\n  name(upper: Boolean = false): String\n}", printed, StringComparison.Ordinal);
        Assert.Contains("input Filter @oneOf {", printed, StringComparison.Ordinal);
        Assert.Contains("any: [Thing!]! @cost(weight: \"2.5\") @listSize(assumedSize: 10)", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("__", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void a_printed_schema_defines_each_directive_that_it_uses_once()
    {
        var printed = SchemaPrinter.Print(_schema);
        Assert.Equal(2, printed.Split("directive @cost(weight: String!) on FIELD_DEFINITION").Length);
        Assert.Contains("directive @listSize(", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("directive @", SchemaPrinter.Print(Schema.Parse("type Query { a: Int }")), StringComparison.Ordinal);
    }

    [Fact]
    public void types_know_each_other()
    {
        var dog = _schema.Types["Dog"];
        Assert.True(_schema.IsSubType(dog, _schema.Types["Pet"]));
        Assert.True(_schema.IsSubType(_schema.Types["Pet"], _schema.Types["Node"]));
        Assert.True(_schema.IsSubType(dog, _schema.Types["Thing"]));
        Assert.False(_schema.IsSubType(_schema.Types["Node"], _schema.Types["Pet"]));
        Assert.Equal([dog], _schema.PossibleTypes(_schema.Types["Node"]));
        var pets = _schema.FindField(_schema.QueryType, "pets")!;
        Assert.Equal(("[Pet]", true, false), (pets.Type.ToString(), pets.Type.IsOutput, pets.Type.IsNonNull));
        Assert.Equal("{name: \"x\"}", pets.FindArgument("where")!.DefaultValue!.ToString());
        Assert.Equal("[Thing!]!", _schema.TypeOf(Parser.ParseType("[Thing!]!"))!.ToString());
        Assert.Null(_schema.TypeOf(Parser.ParseType("[Nothing]")));
    }

    [Fact]
    public void the_specifications_own_parts_come_with_every_schema()
    {
        Assert.Equal(["cost", "deprecated", "include", "oneOf", "skip", "specifiedBy"], _schema.Directives.Keys);
        Assert.Contains("__Schema", _schema.Types.Keys);
        Assert.NotNull(_schema.FindField(_schema.QueryType, "__schema"));
        Assert.Null(_schema.FindField(_schema.Types["Dog"], "__schema"));
        Assert.NotNull(_schema.FindField(_schema.Types["Thing"], "__typename"));
    }

    [Theory]
    [InlineData("type A { a: Int }", "Query root type must be provided: define a type Query or name one in schema { query: … }.")]
    [InlineData("type Query { a: B }", "Unknown type \"B\". (line 1, column 17)")]
    [InlineData("type Query { a: I } input I { a: Int }", "Field \"a\" has the input type I; fields give output types. (line 1, column 14)")]
    [InlineData("type Query { a: Int a: Int }", "Field \"Query.a\" is defined twice; rename one of them with [GraphQLName] or leave one out with [GraphQLIgnore].")]
    [InlineData("type Query", "Type \"Query\" must define one or more fields.")]
    [InlineData("type Query { _a: Int __b: Int }", "Field of \"Query\" \"__b\" must not begin with \"__\", which is kept for introspection.")]
    [InlineData("type Query implements I { a: Int } interface I { a: Int b: Int }", "Interface field I.b expected but Query does not provide it.")]
    [InlineData("type Query implements I { a: Int } interface I { a: Int! }", "Interface field I.a expects type Int! but Query.a is type Int.")]
    [InlineData("type Query implements I { a(x: Int!): Int } interface I { a: Int }", "Argument Query.a(x:) must not be required: interface field I.a does not have it.")]
    [InlineData("type Query { a(x: Int = \"no\"): Int }", "The default \"no\" of Query.a(x:) does not fit: Int cannot represent non-integer value: \"no\"")]
    [InlineData("type Query { a(x: I): Int } input I { self: I! }", "Input type \"I\" needs itself through non-null fields, so that no value of it can be given.")]
    [InlineData("type Query { a(x: I): Int } input I @oneOf { a: Int! }", "Field I.a of the @oneOf input must be nullable and have no default.")]
    [InlineData("type Query { a: Int } type Query { b: Int }", "Type \"Query\" is defined twice. (line 1, column 23)")]
    [InlineData("type Query implements X { a: Int } union X = Query", "\"X\" is a UnionType, where a InterfaceType is needed. (line 1, column 23)")]
    public void a_text_that_makes_no_schema_is_refused(string sdl, string message) =>
        Assert.Equal(message, Assert.Throws<SchemaException>(() => Schema.Parse(sdl)).Message);
}
