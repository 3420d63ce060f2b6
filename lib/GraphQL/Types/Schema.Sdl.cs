using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

public sealed partial class Schema
{
    /// <summary>
    /// A schema from text in the schema language. Its fields take their values from dictionaries and JSON objects by name
    /// unless resolvers are bound.
    /// </summary>
    /// <exception cref="SyntaxException">The text is no document.</exception>
    /// <exception cref="SchemaException">The text defines no valid schema.</exception>
    public static Schema Parse(string sdl)
    {
        var document = Parser.Parse(sdl);
        var byName = SpecifiedTypes.Scalars().ToDictionary(type => type.Name, NamedType (type) => type, StringComparer.Ordinal);
        var directives = new Dictionary<string, DirectiveType>(StringComparer.Ordinal);
        new SdlReader(byName, directives).Read(SpecifiedTypes.Document);
        new SdlReader(byName, directives).Read(document);

        var definitions = document.Definitions.OfType<SchemaDefinitionNode>().ToList();
        var roots = definitions.SelectMany(definition => definition.OperationTypes).ToDictionary(root => root.Operation, root => root.Type.Name.Value);
        var schema = new Schema(
            Root(OperationType.Query) ?? throw new SchemaException("Query root type must be provided: define a type Query or name one in schema { query: … }."),
            Root(OperationType.Mutation),
            Root(OperationType.Subscription),
            byName.Values,
            directives.Values,
            definitions.FirstOrDefault()?.Description?.Value);
        return schema;

        ObjectType? Root(OperationType operation)
        {
            var explicitly = definitions.Exists(definition => !definition.IsExtension);
            if (!roots.TryGetValue(operation, out var name))
            {
                if (explicitly) return null;
                name = operation.ToString();
            }
            return byName.GetValueOrDefault(name) switch
            {
                ObjectType type => type,
                null when !roots.ContainsKey(operation) => null,
                null => throw new SchemaException($"Unknown type \"{name}\" as root of {operation}."),
                _ => throw new SchemaException($"{operation} root type must be an object type; \"{name}\" is not."),
            };
        }
    }
}
