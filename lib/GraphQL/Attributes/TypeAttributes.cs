namespace OptiInfra.GraphQL;

/// <summary>Public methods and properties become fields of the query type.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class QueryTypeAttribute : Attribute;

/// <summary>Public methods become fields of the mutation type.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class MutationTypeAttribute : Attribute;

/// <summary>Public methods with <see cref="SubscribeAttribute"/> become fields of the subscription type.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SubscriptionTypeAttribute : Attribute;

/// <summary>The class is an object type.</summary>
/// <param name="name">Of the type; the class's own by default.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class ObjectTypeAttribute(string? name = null) : Attribute
{
    public string? Name { get; } = name;
}

/// <summary>A static class that adds fields to the object type of <typeparamref name="T"/>; a parameter with <see cref="ParentAttribute"/> gets the object.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ObjectTypeAttribute<T> : Attribute;

/// <summary>A class that adds fields to another type.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ExtendObjectTypeAttribute : Attribute
{
    public ExtendObjectTypeAttribute(Type extendsType) => ExtendsType = extendsType;

    public ExtendObjectTypeAttribute(string name) => Name = name;

    public Type? ExtendsType { get; }
    public string? Name { get; }
    /// <summary>Members of the extended class that are no fields.</summary>
    public string[] IgnoreProperties { get; set; } = [];
}

/// <summary>The interface or abstract class is an interface type.</summary>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class)]
public sealed class InterfaceTypeAttribute(string? name = null) : Attribute
{
    public string? Name { get; } = name;
}

/// <summary>The interface or abstract class is a union of the object types that implement it.</summary>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class)]
public sealed class UnionTypeAttribute(string? name = null) : Attribute
{
    public string? Name { get; } = name;
}

[AttributeUsage(AttributeTargets.Enum)]
public sealed class EnumTypeAttribute(string? name = null) : Attribute
{
    public string? Name { get; } = name;
}

[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class InputObjectTypeAttribute(string? name = null) : Attribute
{
    public string? Name { get; } = name;
}

/// <summary>Exactly one property of the input must be given, and not null; all have to be nullable.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class OneOfAttribute : Attribute;
