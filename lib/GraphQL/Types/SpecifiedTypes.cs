using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>What the specification itself defines: five scalars, six directives, and the types of introspection.</summary>
static class SpecifiedTypes
{
    public static IReadOnlyList<ScalarType> Scalars() => [new BooleanType(), new FloatType(), new IdType(), new IntType(), new StringType()];

    /// <summary>Their definitions in the schema language (specification, sections 3.13 and 4.2).</summary>
    public static DocumentNode Document { get; } = Parser.Parse("""
        "Includes the field or fragment only if the argument is true."
        directive @include("Included when true." if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        "Leaves the field or fragment out if the argument is true."
        directive @skip("Skipped when true." if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        "Marks an element of the schema as no longer to be used."
        directive @deprecated(
          "Why, and what to use instead, in Markdown."
          reason: String! = "No longer supported"
        ) on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
        "Says where the behaviour of a scalar is specified."
        directive @specifiedBy("The address of the specification." url: String!) on SCALAR
        "Exactly one field of the input object must be given, and not null."
        directive @oneOf on INPUT_OBJECT

        "The capabilities of this server: its types, directives and root operations."
        type __Schema {
          description: String
          "All types of this server."
          types: [__Type!]!
          "The type that query operations begin with."
          queryType: __Type!
          "The type that mutation operations begin with, if there are any."
          mutationType: __Type
          "The type that subscription operations begin with, if there are any."
          subscriptionType: __Type
          "All directives of this server."
          directives: [__Directive!]!
        }
        "A type of the schema, of the kind that its kind field tells."
        type __Type {
          kind: __TypeKind!
          name: String
          description: String
          specifiedByURL: String
          fields(includeDeprecated: Boolean! = false): [__Field!]
          interfaces: [__Type!]
          possibleTypes: [__Type!]
          enumValues(includeDeprecated: Boolean! = false): [__EnumValue!]
          inputFields(includeDeprecated: Boolean! = false): [__InputValue!]
          ofType: __Type
          isOneOf: Boolean
        }
        "The kinds of types."
        enum __TypeKind {
          "A scalar."
          SCALAR
          "An object: fields and interfaces say more."
          OBJECT
          "An interface: fields, interfaces and possibleTypes say more."
          INTERFACE
          "A union: possibleTypes say more."
          UNION
          "An enum: enumValues say more."
          ENUM
          "An input object: inputFields say more."
          INPUT_OBJECT
          "A list: ofType says of what."
          LIST
          "A non-null: ofType says of what."
          NON_NULL
        }
        "A field of an object or interface type."
        type __Field {
          name: String!
          description: String
          args(includeDeprecated: Boolean! = false): [__InputValue!]!
          type: __Type!
          isDeprecated: Boolean!
          deprecationReason: String
        }
        "An argument, or a field of an input object."
        type __InputValue {
          name: String!
          description: String
          type: __Type!
          "The default as a literal, if there is one."
          defaultValue: String
          isDeprecated: Boolean!
          deprecationReason: String
        }
        "A value of an enum."
        type __EnumValue {
          name: String!
          description: String
          isDeprecated: Boolean!
          deprecationReason: String
        }
        "A directive that documents or schemas may carry."
        type __Directive {
          name: String!
          description: String
          isRepeatable: Boolean!
          locations: [__DirectiveLocation!]!
          args(includeDeprecated: Boolean! = false): [__InputValue!]!
        }
        "Where a directive may stand."
        enum __DirectiveLocation {
          QUERY
          MUTATION
          SUBSCRIPTION
          FIELD
          FRAGMENT_DEFINITION
          FRAGMENT_SPREAD
          INLINE_FRAGMENT
          VARIABLE_DEFINITION
          SCHEMA
          SCALAR
          OBJECT
          FIELD_DEFINITION
          ARGUMENT_DEFINITION
          INTERFACE
          UNION
          ENUM
          ENUM_VALUE
          INPUT_OBJECT
          INPUT_FIELD_DEFINITION
        }
        """);

    public static IReadOnlySet<string> DirectiveNames { get; } =
        Document.Definitions.OfType<DirectiveDefinitionNode>().Select(directive => directive.Name.Value).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether schemas need not define it: it comes with every schema.</summary>
    public static bool IsSpecified(NamedType type) =>
        type.Name.StartsWith("__", StringComparison.Ordinal) || type is IntType or FloatType or StringType or BooleanType or IdType;
}
