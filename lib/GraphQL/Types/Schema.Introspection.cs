namespace OptiInfra.GraphQL.Types;

public sealed partial class Schema
{
    OutputField? _typeName, _schemaField, _typeField;

    /// <summary><c>__typename: String!</c>, on every composite type.</summary>
    public OutputField TypeNameField => _typeName ??= new("__typename", new NonNullType(_types["String"]))
    {
        Description = "The name of the object's type.",
    };

    /// <summary><c>__schema: __Schema!</c>, on the query type.</summary>
    public OutputField SchemaField => _schemaField ??= new("__schema", new NonNullType(_types["__Schema"]))
    {
        Description = "The schema of this server.",
    };

    /// <summary><c>__type(name: String!): __Type</c>, on the query type.</summary>
    public OutputField TypeField => _typeField ??= new("__type", _types["__Type"])
    {
        Description = "One type of this server.",
        Arguments = [new("name", new NonNullType(_types["String"]))],
    };
}
