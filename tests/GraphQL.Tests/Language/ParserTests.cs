using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Tests.Language;

public sealed class ParserTests
{
    [Fact]
    public void a_query_becomes_a_tree_with_places()
    {
        var document = Parser.Parse("query Q($id: ID! = \"a\") @live {\n  node: thing(id: $id, n: [1, -2.5e3]) { ...F ... on X @skip(if: true) { y } }\n}");
        var operation = Assert.Single(document.Operations);
        Assert.Equal("Q", operation.Name?.Value);
        Assert.Equal("ID!", operation.Variables[0].Type.ToString());
        Assert.Equal("a", Assert.IsType<StringValueNode>(operation.Variables[0].DefaultValue).Value);
        var field = Assert.IsType<FieldNode>(operation.SelectionSet.Selections[0]);
        Assert.Equal("node", field.ResponseName);
        Assert.Equal((2, 3), (field.Location.Line, field.Location.Column));
        Assert.Equal("[1, -2.5e3]", field.Arguments[1].Value.ToString());
        Assert.IsType<FragmentSpreadNode>(field.SelectionSet!.Selections[0]);
        Assert.Equal("X", Assert.IsType<InlineFragmentNode>(field.SelectionSet.Selections[1]).TypeCondition?.Name.Value);
    }

    [Theory]
    [InlineData("{", 1, 2, "Syntax Error: Expected Name, found <EOF>.")]
    [InlineData("{ ...on }", 1, 9, "Syntax Error: Expected Name, found \"}\".")]
    [InlineData("\n{ a: }", 2, 6, "Syntax Error: Expected Name, found \"}\".")]
    [InlineData("{ f(a: 00) }", 1, 9, "Syntax Error: Invalid number, unexpected digit after 0: \"0\".")]
    [InlineData("{ f(a: 1.) }", 1, 10, "Syntax Error: Invalid number, expected digit but got: \")\".")]
    [InlineData("{ f(a: 1a) }", 1, 9, "Syntax Error: Invalid number, expected digit but got: \"a\".")]
    [InlineData("{ f(a: \"x) }", 1, 13, "Syntax Error: Unterminated string.")]
    [InlineData("{ f(a: \"\"\"x) }", 1, 15, "Syntax Error: Unterminated string.")]
    [InlineData("{ f(a: \"\\q\") }", 1, 9, "Syntax Error: Invalid character escape sequence: \"\\q\".")]
    [InlineData("{ f(a: \"\\uD800\") }", 1, 9, "Syntax Error: Invalid Unicode escape sequence: \"\\uD800\".")]
    [InlineData("{ f(a: \"\\u{110000}\") }", 1, 9, "Syntax Error: Invalid Unicode escape sequence: \"\\u{110000}\".")]
    [InlineData("{ é }", 1, 3, "Syntax Error: Unexpected character: U+00E9.")]
    [InlineData("query ($a: Int = $b) { a }", 1, 18, "Syntax Error: Unexpected variable \"$b\" in constant value.")]
    [InlineData("fragment on on T { a }", 1, 10, "Syntax Error: Unexpected Name \"on\".")]
    [InlineData("{}", 1, 2, "Syntax Error: Expected Name, found \"}\".")]
    [InlineData("", 1, 1, "Syntax Error: Unexpected <EOF>.")]
    [InlineData("enum E { true }", 1, 10, "Syntax Error: Name \"true\" is reserved and cannot be used for an enum value.")]
    [InlineData("extend type T", 1, 14, "Syntax Error: Unexpected <EOF>.")]
    [InlineData("directive @d on NOWHERE", 1, 17, "Syntax Error: Unexpected Name \"NOWHERE\".")]
    public void a_fault_is_told_with_its_place(string text, int line, int column, string message)
    {
        var fault = Assert.Throws<SyntaxException>(() => Parser.Parse(text));
        Assert.Equal(message, fault.Message);
        Assert.Equal((line, column), (fault.Location.Line, fault.Location.Column));
    }

    [Theory]
    [InlineData("\"\\u0041\\u{1F600}\\uD83D\\uDE00\\n\"", "A😀😀\n")]
    [InlineData("\"\"\"\n    Hello,\n      World!\n\n    Yours\n  \"\"\"", "Hello,\n  World!\n\nYours")]
    [InlineData("\"\"\"a \\\"\"\" b\\n\"\"\"", "a \"\"\" b\\n")]
    [InlineData("\"\"\"\r\n x\r y\r\n\"\"\"", "x\ny")]
    [InlineData("\"\"", "")]
    [InlineData("\"\"\"\"\"\"", "")]
    public void strings_resolve_escapes_and_indentation(string literal, string value) =>
        Assert.Equal(value, Assert.IsType<StringValueNode>(Parser.ParseValue(literal)).Value);

    [Fact]
    public void more_tokens_than_allowed_are_refused()
    {
        var fault = Assert.Throws<SyntaxException>(() => Parser.Parse("{ a b c }", new() { MaxTokens = 4 }));
        Assert.Equal("Syntax Error: Document contains more than 4 tokens. Parsing aborted.", fault.Message);
        Parser.Parse("{ a b c }", new() { MaxTokens = 5 });
    }

    [Theory]
    [InlineData("{a")]
    [InlineData("{a(b:[")]
    [InlineData("{a(b:{c:")]
    [InlineData("query($a:[")]
    public void deep_nesting_is_refused_before_it_costs_the_stack(string unit)
    {
        var text = unit + string.Concat(Enumerable.Repeat(unit[^1] == '[' ? "[" : unit[1..] == "a" ? "{a" : "{c:", 100_000));
        var fault = Assert.Throws<SyntaxException>(() => Parser.Parse(text));
        Assert.Contains("nested deeper than 200", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void descriptions_may_stand_on_operations_and_fragments()
    {
        var document = Parser.Parse("\"what\" query Q(\"which\" $a: Int) { a } \"\"\"part\"\"\" fragment F on T { b }");
        Assert.Equal(["what", "part"], document.Definitions.Select(definition => definition.Description?.Value));
        Assert.Equal("which", document.Operations.Single().Variables[0].Description?.Value);
    }

    [Fact]
    public void bytes_read_like_text() =>
        Assert.Equal("{\n  a(b: \"ü\")\n}", Parser.Parse("\uFEFF{ a(b: \"ü\") }"u8).ToString());
}
