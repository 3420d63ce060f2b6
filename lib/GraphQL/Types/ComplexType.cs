using System.Diagnostics.CodeAnalysis;

namespace OptiInfra.GraphQL.Types;

/// <summary>A type with fields: object or interface.</summary>
public abstract class ComplexType(string name) : NamedType(name)
{
    Dictionary<string, OutputField> _byName = new(StringComparer.Ordinal);

    /// <summary>In the order of their definition, without <c>__typename</c> and its like.</summary>
    public IReadOnlyList<OutputField> Fields { get; private set; } = [];

    /// <summary>All that it implements, also through others.</summary>
    public IReadOnlyList<InterfaceType> Interfaces { get; internal set; } = [];

    /// <summary>A field by its exact name, without <c>__typename</c> and its like (see <see cref="Schema.FindField"/>).</summary>
    public bool TryGetField(string name, [NotNullWhen(true)] out OutputField? field) => _byName.TryGetValue(name, out field);

    internal void SetFields(IEnumerable<OutputField> fields)
    {
        Fields = [.. fields];
        _byName = new(StringComparer.Ordinal);
        foreach (var field in Fields)
        {
            if (!_byName.TryAdd(field.Name, field))
                throw new SchemaException($"Field \"{Name}.{field.Name}\" is defined twice; rename one of them with [GraphQLName] or leave one out with [GraphQLIgnore].");
        }
    }
}

public sealed class ObjectType(string name) : ComplexType(name)
{
    /// <summary>The class whose instances this type describes; null in a schema made from text.</summary>
    public Type? RuntimeType { get; internal set; }
}

public sealed class InterfaceType(string name) : ComplexType(name)
{
    internal Func<object, string?>? TypeNameOf { get; set; }
}

public sealed class UnionType(string name) : NamedType(name)
{
    public IReadOnlyList<ObjectType> Types { get; internal set; } = [];
    internal Func<object, string?>? TypeNameOf { get; set; }
}
