namespace OptiInfra.GraphQL.Language;

public abstract class ValueNode(Location location) : SyntaxNode(location);

/// <summary>A type as written in a document.</summary>
public abstract class TypeNode(Location location) : SyntaxNode(location);

public sealed class NamedTypeNode(Location location, NameNode name) : TypeNode(location)
{
    public NameNode Name { get; } = name;
}

public sealed class ListTypeNode(Location location, TypeNode type) : TypeNode(location)
{
    public TypeNode Type { get; } = type;
}

/// <param name="type">A named or list type, never non-null itself.</param>
public sealed class NonNullTypeNode(Location location, TypeNode type) : TypeNode(location)
{
    public TypeNode Type { get; } = type;
}

public sealed class VariableNode(Location location, NameNode name) : ValueNode(location)
{
    /// <summary>Without the dollar sign.</summary>
    public NameNode Name { get; } = name;
}

/// <param name="value">The digits as written, with their sign.</param>
public sealed class IntValueNode(Location location, string value) : ValueNode(location)
{
    public string Value { get; } = value;
}

/// <param name="value">As written.</param>
public sealed class FloatValueNode(Location location, string value) : ValueNode(location)
{
    public string Value { get; } = value;
}

/// <param name="value">With escapes resolved and, in a block string, common indentation removed.</param>
public sealed class StringValueNode(Location location, string value, bool isBlock) : ValueNode(location)
{
    public string Value { get; } = value;
    public bool IsBlock { get; } = isBlock;
}

public sealed class BooleanValueNode(Location location, bool value) : ValueNode(location)
{
    public bool Value { get; } = value;
}

public sealed class NullValueNode(Location location) : ValueNode(location);

public sealed class EnumValueNode(Location location, string value) : ValueNode(location)
{
    public string Value { get; } = value;
}

public sealed class ListValueNode(Location location, IReadOnlyList<ValueNode> values) : ValueNode(location)
{
    public IReadOnlyList<ValueNode> Values { get; } = values;
}

public sealed class ObjectValueNode(Location location, IReadOnlyList<ObjectFieldNode> fields) : ValueNode(location)
{
    public IReadOnlyList<ObjectFieldNode> Fields { get; } = fields;
}

public sealed class ObjectFieldNode(Location location, NameNode name, ValueNode value) : SyntaxNode(location)
{
    public NameNode Name { get; } = name;
    public ValueNode Value { get; } = value;
}
