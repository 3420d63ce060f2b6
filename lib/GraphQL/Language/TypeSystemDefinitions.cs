namespace OptiInfra.GraphQL.Language;

/// <summary>A definition of the schema language, or an extension of one.</summary>
/// <param name="isExtension">Whether it began with <c>extend</c>.</param>
public abstract class TypeSystemDefinitionNode(
    Location location, StringValueNode? description, IReadOnlyList<DirectiveNode> directives, bool isExtension)
    : DefinitionNode(location, description, directives)
{
    public bool IsExtension { get; } = isExtension;
}

public sealed class SchemaDefinitionNode(
    Location location,
    StringValueNode? description,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<OperationTypeDefinitionNode> operationTypes,
    bool isExtension)
    : TypeSystemDefinitionNode(location, description, directives, isExtension)
{
    public IReadOnlyList<OperationTypeDefinitionNode> OperationTypes { get; } = operationTypes;
}

public sealed class OperationTypeDefinitionNode(Location location, OperationType operation, NamedTypeNode type) : SyntaxNode(location)
{
    public OperationType Operation { get; } = operation;
    public NamedTypeNode Type { get; } = type;
}

public sealed class DirectiveDefinitionNode(
    Location location,
    StringValueNode? description,
    NameNode name,
    IReadOnlyList<InputValueDefinitionNode> arguments,
    bool isRepeatable,
    IReadOnlyList<NameNode> locations)
    : TypeSystemDefinitionNode(location, description, [], isExtension: false)
{
    public NameNode Name { get; } = name;
    public IReadOnlyList<InputValueDefinitionNode> Arguments { get; } = arguments;
    public bool IsRepeatable { get; } = isRepeatable;
    public IReadOnlyList<NameNode> Locations { get; } = locations;
}

/// <summary>A definition or extension of a named type.</summary>
public abstract class TypeDefinitionNode(
    Location location, StringValueNode? description, NameNode name, IReadOnlyList<DirectiveNode> directives, bool isExtension)
    : TypeSystemDefinitionNode(location, description, directives, isExtension)
{
    public NameNode Name { get; } = name;
}

public sealed class ScalarTypeDefinitionNode(
    Location location, StringValueNode? description, NameNode name, IReadOnlyList<DirectiveNode> directives, bool isExtension)
    : TypeDefinitionNode(location, description, name, directives, isExtension);

/// <summary>An object or interface type.</summary>
public abstract class ComplexTypeDefinitionNode(
    Location location,
    StringValueNode? description,
    NameNode name,
    IReadOnlyList<NamedTypeNode> interfaces,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<FieldDefinitionNode> fields,
    bool isExtension)
    : TypeDefinitionNode(location, description, name, directives, isExtension)
{
    public IReadOnlyList<NamedTypeNode> Interfaces { get; } = interfaces;
    public IReadOnlyList<FieldDefinitionNode> Fields { get; } = fields;
}

public sealed class ObjectTypeDefinitionNode(
    Location location,
    StringValueNode? description,
    NameNode name,
    IReadOnlyList<NamedTypeNode> interfaces,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<FieldDefinitionNode> fields,
    bool isExtension)
    : ComplexTypeDefinitionNode(location, description, name, interfaces, directives, fields, isExtension);

public sealed class InterfaceTypeDefinitionNode(
    Location location,
    StringValueNode? description,
    NameNode name,
    IReadOnlyList<NamedTypeNode> interfaces,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<FieldDefinitionNode> fields,
    bool isExtension)
    : ComplexTypeDefinitionNode(location, description, name, interfaces, directives, fields, isExtension);

public sealed class UnionTypeDefinitionNode(
    Location location,
    StringValueNode? description,
    NameNode name,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<NamedTypeNode> types,
    bool isExtension)
    : TypeDefinitionNode(location, description, name, directives, isExtension)
{
    public IReadOnlyList<NamedTypeNode> Types { get; } = types;
}

public sealed class EnumTypeDefinitionNode(
    Location location,
    StringValueNode? description,
    NameNode name,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<EnumValueDefinitionNode> values,
    bool isExtension)
    : TypeDefinitionNode(location, description, name, directives, isExtension)
{
    public IReadOnlyList<EnumValueDefinitionNode> Values { get; } = values;
}

public sealed class InputObjectTypeDefinitionNode(
    Location location,
    StringValueNode? description,
    NameNode name,
    IReadOnlyList<DirectiveNode> directives,
    IReadOnlyList<InputValueDefinitionNode> fields,
    bool isExtension)
    : TypeDefinitionNode(location, description, name, directives, isExtension)
{
    public IReadOnlyList<InputValueDefinitionNode> Fields { get; } = fields;
}
