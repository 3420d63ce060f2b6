using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>
/// The directives by which a schema tells what its fields cost (IBM, GraphQL Cost Directives specification). A printed
/// schema that uses one must define it: else programs of other makers refuse it.
/// </summary>
static class CostDirectives
{
    static readonly IReadOnlyList<DirectiveDefinitionNode> Definitions = [.. Parser.Parse(""""
        """
        The weight of a field, an argument or a type in the cost of an operation.
        """
        directive @cost(
          """
          A decimal number.
          """
          weight: String!
        ) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
        """
        How many items a list is taken to have in the cost of an operation.
        """
        directive @listSize(
          """
          At most so many.
          """
          assumedSize: Int
          """
          Arguments that say how many.
          """
          slicingArguments: [String!]
          """
          Fields of the type that hold the items; the list itself where there are none.
          """
          sizedFields: [String!]
          """
          Exactly one slicing argument must be given.
          """
          requireOneSlicingArgument: Boolean = true
        ) on FIELD_DEFINITION
        """").Definitions.Cast<DirectiveDefinitionNode>()];

    /// <summary>Definitions of those that the schema uses and does not define itself.</summary>
    public static IEnumerable<DirectiveDefinitionNode> MissingIn(Schema schema)
    {
        var fields = schema.Types.Values.OfType<ComplexType>().SelectMany(type => type.Fields).ToList();
        var inputs = schema.Types.Values.OfType<InputObjectType>().SelectMany(type => type.Fields).Concat(fields.SelectMany(field => field.Arguments));
        var used = new Dictionary<string, bool>(StringComparer.Ordinal)
        {
            ["cost"] = fields.Exists(field => field.Cost is not null) || inputs.Any(input => input.Cost is not null),
            ["listSize"] = fields.Exists(field => field.ListSize is not null),
        };
        return Definitions.Where(definition => used[definition.Name.Value] && !schema.Directives.ContainsKey(definition.Name.Value));
    }
}
