using System.Globalization;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>Writes a schema in the schema language; types and directives by name, members in their own order.</summary>
public static class SchemaPrinter
{
    static Location Nowhere => default;

    public static string Print(Schema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return Printer.Print(Document(schema)) + "\n";
    }

    static DocumentNode Document(Schema schema) => new(Nowhere,
    [
        .. SchemaDefinition(schema),
        .. schema.Types.Values.Where(type => !SpecifiedTypes.IsSpecified(type)).Select(Definition),
        .. schema.Directives.Values.Where(directive => !SpecifiedTypes.DirectiveNames.Contains(directive.Name)).Select(Definition)
            .Concat(CostDirectives.MissingIn(schema)).OrderBy(directive => directive.Name.Value, StringComparer.Ordinal),
    ]);

    static IEnumerable<DefinitionNode> SchemaDefinition(Schema schema)
    {
        var roots = Enum.GetValues<OperationType>()
            .Where(operation => schema.RootType(operation) is not null)
            .Select(operation => new OperationTypeDefinitionNode(Nowhere, operation, Named(schema.RootType(operation)!)))
            .ToList();
        yield return new SchemaDefinitionNode(Nowhere, Text(schema.Description), [], roots, isExtension: false);
    }

    static TypeDefinitionNode Definition(NamedType type) => type switch
    {
        ObjectType obj => new ObjectTypeDefinitionNode(Nowhere, Text(obj.Description), Name(obj.Name), Implemented(obj), [], Fields(obj), isExtension: false),
        InterfaceType contract => new InterfaceTypeDefinitionNode(Nowhere, Text(contract.Description), Name(contract.Name), Implemented(contract), [], Fields(contract), isExtension: false),
        UnionType union => new UnionTypeDefinitionNode(Nowhere, Text(union.Description), Name(union.Name), [], [.. union.Types.Select(Named)], isExtension: false),
        EnumType enumeration => new EnumTypeDefinitionNode(Nowhere, Text(enumeration.Description), Name(enumeration.Name), [], [.. enumeration.Values.Select(Value)], isExtension: false),
        InputObjectType input => new InputObjectTypeDefinitionNode(Nowhere, Text(input.Description), Name(input.Name), input.IsOneOf ? [Directive("oneOf")] : [], [.. input.Fields.Select(Input)], isExtension: false),
        ScalarType scalar => new ScalarTypeDefinitionNode(Nowhere, Text(scalar.Description), Name(scalar.Name), scalar.SpecifiedByUrl is { } url ? [Directive("specifiedBy", ("url", String(url)))] : [], isExtension: false),
        _ => throw new NotSupportedException(type.GetType().Name),
    };

    static IReadOnlyList<NamedTypeNode> Implemented(ComplexType type) => [.. type.Interfaces.Select(Named)];

    static IReadOnlyList<FieldDefinitionNode> Fields(ComplexType type) =>
    [
        .. type.Fields.Select(field => new FieldDefinitionNode(Nowhere, Text(field.Description), Name(field.Name), [.. field.Arguments.Select(Input)], Type(field.Type),
            [.. Deprecated(field.DeprecationReason), .. Cost(field.Cost), .. Size(field.ListSize)])),
    ];

    static InputValueDefinitionNode Input(InputValue input) =>
        new(Nowhere, Text(input.Description), Name(input.Name), Type(input.Type), input.DefaultValue, [.. Deprecated(input.DeprecationReason), .. Cost(input.Cost)]);

    static EnumValueDefinitionNode Value(EnumValue value) =>
        new(Nowhere, Text(value.Description), Name(value.Name), [.. Deprecated(value.DeprecationReason)]);

    static DirectiveDefinitionNode Definition(DirectiveType directive) =>
        new(Nowhere, Text(directive.Description), Name(directive.Name), [.. directive.Arguments.Select(Input)], directive.IsRepeatable,
            [.. directive.Locations.Select(location => Name(DirectiveLocations.NameOf(location)))]);

    static IEnumerable<DirectiveNode> Deprecated(string? reason)
    {
        if (reason is not null) yield return Directive("deprecated", ("reason", String(reason)));
    }

    static IEnumerable<DirectiveNode> Cost(double? weight)
    {
        if (weight is { } value) yield return Directive("cost", ("weight", String(value.ToString(CultureInfo.InvariantCulture))));
    }

    static IEnumerable<DirectiveNode> Size(ListSize? size)
    {
        if (size is null) yield break;
        var arguments = new List<(string, ValueNode)>();
        if (size.AssumedSize is { } assumed) arguments.Add(("assumedSize", new IntValueNode(Nowhere, assumed.ToString(CultureInfo.InvariantCulture))));
        if (size.SlicingArguments.Count > 0) arguments.Add(("slicingArguments", Strings(size.SlicingArguments)));
        if (size.SizedFields.Count > 0) arguments.Add(("sizedFields", Strings(size.SizedFields)));
        if (size.SlicingArguments.Count > 0) arguments.Add(("requireOneSlicingArgument", new BooleanValueNode(Nowhere, size.RequireOneSlicingArgument)));
        yield return Directive("listSize", [.. arguments]);
    }

    static ListValueNode Strings(IReadOnlyList<string> values) => new(Nowhere, [.. values.Select(String)]);

    static StringValueNode? Text(string? description) => description is null ? null : new(Nowhere, description, isBlock: true);

    static StringValueNode String(string value) => new(Nowhere, value, isBlock: false);

    static NameNode Name(string name) => new(Nowhere, name);

    static NamedTypeNode Named(NamedType type) => new(Nowhere, Name(type.Name));

    static TypeNode Type(IType type) => type switch
    {
        NonNullType nonNull => new NonNullTypeNode(Nowhere, Type(nonNull.NullableType)),
        ListType list => new ListTypeNode(Nowhere, Type(list.ElementType)),
        _ => Named((NamedType)type),
    };

    static DirectiveNode Directive(string name, params (string Name, ValueNode Value)[] arguments) =>
        new(Nowhere, Name(name), [.. arguments.Select(argument => new ArgumentNode(Nowhere, Name(argument.Name), argument.Value))]);
}
