using FsCheck;
using FsCheck.Fluent;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Tests.Language;

public sealed class PrinterTests
{
    const string Everything = """"
        "names" query Q($a: [Int!]! = [1, 2], $b: In = {x: "y", z: null} @d) @live(on: true) {
          first: field(a: $a, e: RED, f: -0.5E+10, s: """block "quoted" text""") @skip(if: $b) { id ...F }
          ... on T @include(if: false) { x }
          ... { y }
        }
        mutation { m }
        subscription S { s }
        fragment F on T @d { id }
        "the schema" schema @d { query: Q mutation: M }
        extend schema { subscription: S }
        """
        A scalar
          indented
        """
        scalar Date @specifiedBy(url: "https://example.com")
        type Q implements A & B @d { "a field" f("an argument" a: Int = 1 @d, b: [String!]): T! @deprecated }
        interface A implements B { f(a: Int, b: [String!]): T! }
        union U @d = | A | B
        enum E { "red" RED @deprecated(reason: "old") GREEN }
        input I @oneOf { a: Int b: String = "x" }
        directive @d(a: Int = 1) repeatable on FIELD | SCALAR
        extend type Q { g: Int }
        extend input I @d
        """";

    [Fact]
    public void what_is_printed_reads_as_the_same_document()
    {
        var once = Parser.Parse(Everything).ToString();
        Assert.Equal(once, Parser.Parse(once).ToString());
    }

    [Fact]
    public void a_selection_is_printed_over_lines() =>
        Assert.Equal(
            "query Q($a: Int = 1) @live {\n  b: a(x: [1, {y: \"z\"}]) {\n    ...F\n    ... on T {\n      c\n    }\n  }\n}",
            Parser.Parse("query Q($a:Int=1)@live{b:a(x:[1{y:\"z\"}]){...F ...on T{c}}}").ToString());

    [Fact]
    public void any_string_survives_as_quoted_and_as_block()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>, bool>((text, isBlock) =>
        {
            if (text.Get.Any(char.IsSurrogate)) return true;
            var printed = new StringValueNode(default, text.Get, isBlock).ToString();
            return ((StringValueNode)Parser.ParseValue(printed)).Value == text.Get;
        }));
    }
}
