using System.Diagnostics.CodeAnalysis;

namespace OptiInfra.GraphQL.Types;

public sealed class InputObjectType(string name) : NamedType(name)
{
    Dictionary<string, InputValue> _byName = new(StringComparer.Ordinal);

    public IReadOnlyList<InputValue> Fields { get; private set; } = [];

    /// <summary>Whether exactly one field must be given, and not null (<c>@oneOf</c>).</summary>
    public bool IsOneOf { get; internal set; }

    /// <summary>The class that resolvers get; a dictionary by field name where null.</summary>
    public Type? RuntimeType { get; internal set; }

    /// <summary>Makes the class from values in the order of <see cref="Fields"/>; absent ones are <see cref="Execution.Absent"/>.</summary>
    internal Func<object?[], object>? Create { get; set; }

    public bool TryGetField(string name, [NotNullWhen(true)] out InputValue? field) => _byName.TryGetValue(name, out field);

    internal void SetFields(IEnumerable<InputValue> fields)
    {
        Fields = [.. fields];
        _byName = new(StringComparer.Ordinal);
        foreach (var field in Fields)
        {
            if (!_byName.TryAdd(field.Name, field)) throw new SchemaException($"Input field \"{Name}.{field.Name}\" is defined twice.");
        }
    }
}
