using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>An argument of a field or directive, or a field of an input object.</summary>
public sealed class InputValue(string name, IType type)
{
    public string Name { get; } = name;
    public IType Type { get; internal set; } = type;
    public string? Description { get; internal set; }
    /// <summary>A constant; null where there is no default, a <see cref="NullValueNode"/> where the default is null.</summary>
    public ValueNode? DefaultValue { get; internal set; }
    public string? DeprecationReason { get; internal set; }
    /// <summary>Weight by <c>@cost</c>; null where the defaults hold.</summary>
    public double? Cost { get; internal set; }
    /// <summary>What resolvers get; null in a schema made from text.</summary>
    public Type? RuntimeType { get; internal set; }
    /// <summary>Whether a caller must give it: non-null without a default.</summary>
    public bool IsRequired => Type.IsNonNull && DefaultValue is null;
    public override string ToString() => $"{Name}: {Type}";
}
