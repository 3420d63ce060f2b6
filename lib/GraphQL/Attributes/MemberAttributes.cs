namespace OptiInfra.GraphQL;

/// <summary>The name in the schema.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class GraphQLNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>The description in the schema; the summary of the XML documentation by default.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class GraphQLDescriptionAttribute(string description) : Attribute
{
    public string Description { get; } = description;
}

/// <summary>Not part of the schema.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class GraphQLIgnoreAttribute : Attribute;

/// <summary>Deprecated in the schema; <see cref="ObsoleteAttribute"/> does the same.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Method | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class GraphQLDeprecatedAttribute(string reason) : Attribute
{
    public string DeprecationReason { get; } = reason;
}

/// <summary>Of the type ID.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Method | AttributeTargets.Parameter)]
public sealed class IDAttribute : Attribute;

/// <summary>Gets the object whose field is answered.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ParentAttribute : Attribute;

/// <summary>Gets a service; not needed for interfaces and registered classes.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ServiceAttribute : Attribute;

/// <summary>The argument's default: a constant of C#.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class DefaultValueAttribute(object? value) : Attribute
{
    public object? Value { get; } = value;
}

/// <summary>What the field, or the argument, weighs in the cost of an operation.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Method | AttributeTargets.Parameter)]
public sealed class CostAttribute(double weight) : Attribute
{
    public double Weight { get; } = weight;
}

/// <summary>How long the field's list may be.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Method)]
public sealed class ListSizeAttribute : Attribute
{
    /// <summary>Items where nothing else is known; none where 0.</summary>
    public int AssumedSize { get; set; }
    public string[] SlicingArguments { get; set; } = [];
    public string[] SizedFields { get; set; } = [];
    public bool RequireOneSlicingArgument { get; set; }
}

/// <summary>The field follows events: of the topic of <see cref="TopicAttribute"/>, or of the stream that another method gives.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SubscribeAttribute : Attribute
{
    /// <summary>A method of the same class that gives an <see cref="IAsyncEnumerable{T}"/>, at once or by a task, with the same arguments.</summary>
    public string? With { get; set; }
}

/// <summary>The topic that a subscription follows; <c>{argument}</c> stands for an argument's value. The method's name by default.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TopicAttribute(string? name = null) : Attribute
{
    public string? Name { get; } = name;
}

/// <summary>Gets the event of a subscription.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class EventMessageAttribute : Attribute;
