using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Refuses questions about the schema itself; <c>__typename</c> stays.</summary>
sealed class IntrospectionRule : IValidationRule
{
    public IEnumerable<GraphQLError> Validate(Schema schema, DocumentNode document) =>
        Questions(document).Select(field => GraphQLError.At($"Introspection is not allowed, but the document asks for \"{field.Name.Value}\".", field));

    /// <summary>The fields of a document that ask about the schema.</summary>
    internal static IEnumerable<FieldNode> Questions(DocumentNode document) => document.Definitions.SelectMany(definition => definition switch
    {
        OperationDefinitionNode operation => Fields(operation.SelectionSet),
        FragmentDefinitionNode fragment => Fields(fragment.SelectionSet),
        _ => [],
    });

    static IEnumerable<FieldNode> Fields(SelectionSetNode set) => set.Selections.SelectMany(selection => selection switch
    {
        FieldNode { Name.Value: "__schema" or "__type" } field => [field],
        FieldNode { SelectionSet: { } inner } => Fields(inner),
        InlineFragmentNode inline => Fields(inline.SelectionSet),
        _ => [],
    });
}
