using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>Lets a schema answer questions about itself (specification, section 4).</summary>
static class Introspection
{
    public static void Bind(Schema schema)
    {
        schema.SchemaField.Resolver = _ => new(schema);
        schema.TypeField.Resolver = context => new(schema.Types.GetValueOrDefault(context.ArgumentValue<string>("name")));
        Schema(schema);
        Type(schema);
        Members(schema);
        Directive(schema);
    }

    static void Schema(Schema schema)
    {
        Read<Schema>(schema, "__Schema", "description", self => self.Description);
        Read<Schema>(schema, "__Schema", "types", self => self.Types.Values.ToList());
        Read<Schema>(schema, "__Schema", "queryType", self => self.QueryType);
        Read<Schema>(schema, "__Schema", "mutationType", self => self.MutationType);
        Read<Schema>(schema, "__Schema", "subscriptionType", self => self.SubscriptionType);
        Read<Schema>(schema, "__Schema", "directives", self => self.Directives.Values.ToList());
    }

    static void Type(Schema schema)
    {
        Read<IType>(schema, "__Type", "kind", Kind);
        Read<IType>(schema, "__Type", "name", type => (type as NamedType)?.Name);
        Read<IType>(schema, "__Type", "description", type => (type as NamedType)?.Description);
        Read<IType>(schema, "__Type", "specifiedByURL", type => (type as ScalarType)?.SpecifiedByUrl);
        Read<IType>(schema, "__Type", "interfaces", type => (type as ComplexType)?.Interfaces);
        Read<IType>(schema, "__Type", "possibleTypes", type => type is InterfaceType or UnionType ? schema.PossibleTypes((NamedType)type) : null);
        Read<IType>(schema, "__Type", "isOneOf", type => (type as InputObjectType)?.IsOneOf);
        Read<IType>(schema, "__Type", "ofType", type => type switch
        {
            NonNullType nonNull => nonNull.NullableType,
            ListType list => list.ElementType,
            _ => null,
        });
        Filtered<IType, OutputField>(schema, "__Type", "fields", type => (type as ComplexType)?.Fields, field => field.DeprecationReason);
        Filtered<IType, EnumValue>(schema, "__Type", "enumValues", type => (type as EnumType)?.Values, value => value.DeprecationReason);
        Filtered<IType, InputValue>(schema, "__Type", "inputFields", type => (type as InputObjectType)?.Fields, field => field.DeprecationReason);
    }

    static string Kind(IType type) => type switch
    {
        ScalarType => "SCALAR",
        ObjectType => "OBJECT",
        InterfaceType => "INTERFACE",
        UnionType => "UNION",
        EnumType => "ENUM",
        InputObjectType => "INPUT_OBJECT",
        ListType => "LIST",
        _ => "NON_NULL",
    };

    static void Members(Schema schema)
    {
        Read<OutputField>(schema, "__Field", "name", field => field.Name);
        Read<OutputField>(schema, "__Field", "description", field => field.Description);
        Read<OutputField>(schema, "__Field", "type", field => field.Type);
        Read<OutputField>(schema, "__Field", "isDeprecated", field => field.DeprecationReason is not null);
        Read<OutputField>(schema, "__Field", "deprecationReason", field => field.DeprecationReason);
        Filtered<OutputField, InputValue>(schema, "__Field", "args", field => field.Arguments, argument => argument.DeprecationReason);
        Read<InputValue>(schema, "__InputValue", "name", input => input.Name);
        Read<InputValue>(schema, "__InputValue", "description", input => input.Description);
        Read<InputValue>(schema, "__InputValue", "type", input => input.Type);
        Read<InputValue>(schema, "__InputValue", "defaultValue", input => input.DefaultValue?.ToString());
        Read<InputValue>(schema, "__InputValue", "isDeprecated", input => input.DeprecationReason is not null);
        Read<InputValue>(schema, "__InputValue", "deprecationReason", input => input.DeprecationReason);
        Read<EnumValue>(schema, "__EnumValue", "name", value => value.Name);
        Read<EnumValue>(schema, "__EnumValue", "description", value => value.Description);
        Read<EnumValue>(schema, "__EnumValue", "isDeprecated", value => value.DeprecationReason is not null);
        Read<EnumValue>(schema, "__EnumValue", "deprecationReason", value => value.DeprecationReason);
    }

    static void Directive(Schema schema)
    {
        Read<DirectiveType>(schema, "__Directive", "name", directive => directive.Name);
        Read<DirectiveType>(schema, "__Directive", "description", directive => directive.Description);
        Read<DirectiveType>(schema, "__Directive", "isRepeatable", directive => directive.IsRepeatable);
        Read<DirectiveType>(schema, "__Directive", "locations", directive => directive.Locations.Select(DirectiveLocations.NameOf).ToList());
        Filtered<DirectiveType, InputValue>(schema, "__Directive", "args", directive => directive.Arguments, argument => argument.DeprecationReason);
    }

    static void Read<T>(Schema schema, string type, string field, Func<T, object?> read) =>
        Find(schema, type, field).Read = parent => read((T)parent);

    static void Filtered<T, TItem>(Schema schema, string type, string field, Func<T, IReadOnlyList<TItem>?> all, Func<TItem, string?> deprecation) =>
        Find(schema, type, field).Resolver = context =>
        {
            var items = all(context.Parent<T>());
            return new(items is null || context.ArgumentValue<bool>("includeDeprecated") ? items : items.Where(item => deprecation(item) is null).ToList());
        };

    static OutputField Find(Schema schema, string type, string field) =>
        ((ComplexType)schema.Types[type]).TryGetField(field, out var found) ? found : throw new InvalidOperationException($"{type} has no field {field}.");
}
