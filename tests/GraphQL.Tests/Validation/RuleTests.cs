using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Validation;

namespace OptiInfra.GraphQL.Tests.Validation;

public sealed class RuleTests
{
    [Fact]
    public void each_document_is_refused_by_exactly_the_rules_that_it_breaks() =>
        Assert.Empty(Corpus.Documents
            .Select(document => (document.Text, Expected: string.Join(',', document.Rules), Found: string.Join(',', RulesOf(document.Text))))
            .Where(pair => !string.Equals(pair.Expected, pair.Found, StringComparison.Ordinal))
            .Select(pair => $"{pair.Text}: expected {pair.Expected}, found {pair.Found}"));

    [Fact]
    public void each_rule_is_broken_by_some_documents_and_many_break_none()
    {
        Assert.All(Enum.GetNames<SpecifiedRule>(), rule => Assert.Contains(Corpus.Documents, document => document.Rules.Contains(rule, StringComparer.Ordinal)));
        Assert.InRange(Corpus.Documents.Count(document => document.Rules.Count == 0), 50, int.MaxValue);
        Assert.InRange(Corpus.Documents.Count, 150, int.MaxValue);
    }

    // the edition of September 2025 forbids it; graphql-js 16 does not check it
    [Theory]
    [InlineData("subscription($f: Boolean!) { renamed @skip(if: $f) { id } }")]
    [InlineData("subscription { ... @include(if: true) { renamed { id } } }")]
    [InlineData("subscription { ...F @include(if: true) } fragment F on Subscription { renamed { id } }")]
    public void a_subscription_is_not_conditional_at_its_root(string document) => Assert.Equal(["SingleFieldSubscriptions"], RulesOf(document));

    [Theory]
    [InlineData("{ machine(id: 1) { cpu } }", "Type \"Machine\" has no field \"cpu\".")]
    [InlineData("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "Fragment \"A\" contains itself through \"B\".")]
    [InlineData("query($id: ID) { machine(id: $id) { id } }", "Variable \"$id\" of type \"ID\" cannot stand where \"ID!\" is expected.")]
    [InlineData("{ node(key: {}) { id } }", "\"Key\" takes exactly one of its fields; 0 are given.")]
    [InlineData("{ machine(id: 1) { x: id x: name } }", "Fields that are answered as \"x\" cannot be merged: they are of the types \"ID!\" and \"String\". Give one of them an alias.")]
    public void an_error_says_what_is_wrong(string document, string message) =>
        Assert.Equal(message, DocumentValidator.Validate(Corpus.Schema, Parser.Parse(document))[0].Message);

    [Fact]
    public void an_error_says_where_and_by_which_rule()
    {
        var error = Assert.Single(DocumentValidator.Validate(Corpus.Schema, Parser.Parse("{\n  now\n  then\n}")));
        Assert.Equal(("FieldsOnCorrectType", 3, 3), (error.Rule, error.Locations[0].Line, error.Locations[0].Column));
    }

    [Fact]
    public void a_document_that_doubles_at_each_level_is_checked_once_per_level()
    {
        var levels = string.Concat(Enumerable.Range(0, 200).Select(i => $"fragment F{i} on Machine {{ a: disks {{ machine {{ ...F{i + 1} }} }} b: disks {{ machine {{ ...F{i + 1} }} }} }} "));
        Assert.Empty(RulesOf($"{{ machine(id: 1) {{ ...F0 }} }} {levels} fragment F200 on Machine {{ id }}"));
    }

    [Fact]
    public void a_document_whose_overlaps_are_too_many_to_check_is_refused()
    {
        // which of the G are merged at a depth depends on the whole way there: 2 to the power of the depth
        static string Machines(string name, int next) => $"{name}: disks {{ machine {{ ...F{next} }} }} ";
        static string Chain(string name, int next) => $"{name}: disks {{ machine {{ ...G{next} }} }} ";
        var levels = string.Concat(Enumerable.Range(0, 18).Select(i =>
            $"fragment F{i} on Machine {{ {Machines("a", i + 1)}{Machines("b", i + 1)}{Chain("a", 1)} }} fragment G{i + 1} on Machine {{ {Chain("a", i + 2)}{Chain("b", i + 2)} }} "));
        var document = $"{{ machine(id: 1) {{ ...F0 }} }} {levels} fragment F18 on Machine {{ id }} fragment G19 on Machine {{ id }}";
        var errors = DocumentValidator.Validate(Corpus.Schema, Parser.Parse(document, new() { MaxTokens = 5_000 }));
        Assert.StartsWith("The document selects the same fields in too many ways", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void a_thousand_fields_of_one_name_are_compared_without_pairing_them()
    {
        Assert.Empty(RulesOf($"{{ {string.Concat(Enumerable.Repeat("now ", 1_000))} }}"));
        Assert.Equal(["OverlappingFieldsCanBeMerged"], RulesOf($"{{ {string.Concat(Enumerable.Range(0, 1_000).Select(i => $"machine(id: {i}) {{ id }} "))} }}"));
    }

    internal static IReadOnlyList<string> RulesOf(string document) =>
    [
        .. DocumentValidator.Validate(Corpus.Schema, Parser.Parse(document), maxErrors: 1_000)
            .Select(error => error.Rule!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];
}
