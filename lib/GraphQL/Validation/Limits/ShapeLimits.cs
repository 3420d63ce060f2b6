using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Refuses operations that go too deep (<see cref="OperationBounds.MaxDepth"/>).</summary>
sealed class DepthLimit(OperationBounds bounds) : IValidationRule
{
    public IEnumerable<GraphQLError> Validate(Schema schema, DocumentNode document)
    {
        var depth = new SelectionMeasure(document, (_, below) => below + 1, Math.Max);
        return document.Operations.Select(operation => (operation, Depth: depth.Of(operation.SelectionSet))).Where(pair => pair.Depth > bounds.MaxDepth).Select(pair =>
            GraphQLError.At($"The operation is {pair.Depth} fields deep; at most {bounds.MaxDepth} are allowed.", pair.operation) with { Code = ErrorCodes.Depth });
    }
}

/// <summary>Refuses operations that ask for the same under too many names (<see cref="OperationBounds.MaxAliases"/>).</summary>
sealed class AliasLimit(OperationBounds bounds) : IValidationRule
{
    // fragments that double at each level would count beyond any number
    const long Many = 1_000_000_000;

    public IEnumerable<GraphQLError> Validate(Schema schema, DocumentNode document)
    {
        var aliases = new SelectionMeasure(document, (field, below) => below + (field.Alias is null ? 0 : 1), (one, other) => Math.Min(one + other, Many));
        return document.Operations.Select(operation => (operation, Count: aliases.Of(operation.SelectionSet))).Where(pair => pair.Count > bounds.MaxAliases).Select(pair =>
            GraphQLError.At($"The operation has {pair.Count} aliases; at most {bounds.MaxAliases} are allowed.", pair.operation) with { Code = ErrorCodes.Aliases });
    }
}

/// <summary>Refuses questions about the schema that go in circles, as from types to fields to their types: each round multiplies the answer.</summary>
sealed class IntrospectionDepthLimit : IValidationRule
{
    const int MostLists = 2;

    public IEnumerable<GraphQLError> Validate(Schema schema, DocumentNode document)
    {
        var lists = new SelectionMeasure(document, (field, below) => below + (field.Name.Value is "fields" or "interfaces" or "possibleTypes" or "inputFields" ? 1 : 0), Math.Max);
        return IntrospectionRule.Questions(document).Where(field => lists.Of(field.SelectionSet) > MostLists).Select(field =>
            GraphQLError.At($"\"{field.Name.Value}\" asks for lists of fields or types within each other more than {MostLists} times.", field) with { Code = ErrorCodes.Depth });
    }
}
