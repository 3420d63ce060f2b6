namespace OptiInfra.GraphQL.Tests.Execution;

public sealed class IntrospectionTests
{
    public sealed class Query
    {
        public int Field([GraphQLDeprecated("Old.")] int? old = null, In? input = null) => 0;
        [Obsolete("Gone.")] public int Gone => 0;
        public Guid Key => default;
    }

    [OneOf]
    public sealed record In(string? A, int? B);

    [Theory]
    [InlineData("{ __schema { queryType { name } mutationType { name } directives { name isRepeatable locations args { name defaultValue } } } }", "\"directives\":[{\"name\":\"deprecated\",\"isRepeatable\":false,\"locations\":[\"FIELD_DEFINITION\",\"ARGUMENT_DEFINITION\",\"INPUT_FIELD_DEFINITION\",\"ENUM_VALUE\"],\"args\":[{\"name\":\"reason\",\"defaultValue\":\"\\\"No longer supported\\\"\"}]}")]
    [InlineData("{ __type(name: \"Query\") { fields { name args { name } } } }", "{\"data\":{\"__type\":{\"fields\":[{\"name\":\"field\",\"args\":[{\"name\":\"input\"}]},{\"name\":\"key\",\"args\":[]}]}}}")]
    [InlineData("{ __type(name: \"Query\") { fields(includeDeprecated: true) { name isDeprecated deprecationReason args(includeDeprecated: true) { name deprecationReason } } } }", "{\"name\":\"gone\",\"isDeprecated\":true,\"deprecationReason\":\"Gone.\",\"args\":[]}")]
    [InlineData("{ __type(name: \"InInput\") { kind isOneOf inputFields { name type { kind name } } fields { name } } }", "{\"data\":{\"__type\":{\"kind\":\"INPUT_OBJECT\",\"isOneOf\":true,\"inputFields\":[{\"name\":\"a\",\"type\":{\"kind\":\"SCALAR\",\"name\":\"String\"}},{\"name\":\"b\",\"type\":{\"kind\":\"SCALAR\",\"name\":\"Int\"}}],\"fields\":null}}}")]
    [InlineData("{ __type(name: \"UUID\") { kind specifiedByURL isOneOf ofType { name } } none: __type(name: \"None\") { name } }", "{\"data\":{\"__type\":{\"kind\":\"SCALAR\",\"specifiedByURL\":\"https://tools.ietf.org/html/rfc4122\",\"isOneOf\":null,\"ofType\":null},\"none\":null}}")]
    [InlineData("{ __type(name: \"__Type\") { fields { name type { kind ofType { kind name } } } } }", "{\"name\":\"kind\",\"type\":{\"kind\":\"NON_NULL\",\"ofType\":{\"kind\":\"ENUM\",\"name\":\"__TypeKind\"}}}")]
    public async Task the_schema_answers_about_itself(string query, string part)
    {
        await using var server = Server.Of<Query>();
        Assert.Contains(part, await server.Execute(query), StringComparison.Ordinal);
    }
}
