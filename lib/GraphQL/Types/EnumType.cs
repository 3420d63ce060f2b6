using System.Diagnostics.CodeAnalysis;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

public sealed partial class EnumType(string name) : NamedType(name)
{
    Dictionary<string, EnumValue> _byName = new(StringComparer.Ordinal);
    Dictionary<object, EnumValue> _byValue = [];

    public IReadOnlyList<EnumValue> Values { get; private set; } = [];

    /// <summary>The enumeration; null in a schema made from text, where a value stands for itself as a string.</summary>
    public Type? RuntimeType { get; internal set; }

    public bool TryGetValue(string name, [NotNullWhen(true)] out EnumValue? value) => _byName.TryGetValue(name, out value);

    internal bool TryFind(object runtimeValue, [NotNullWhen(true)] out EnumValue? value) => _byValue.TryGetValue(runtimeValue, out value);

    internal void SetValues(IEnumerable<EnumValue> values)
    {
        Values = [.. values];
        _byName = new(StringComparer.Ordinal);
        _byValue = [];
        foreach (var value in Values)
        {
            if (!_byName.TryAdd(value.Name, value)) throw new SchemaException($"Enum value \"{Name}.{value.Name}\" is defined twice.");
            _byValue.TryAdd(value.Value, value);
        }
    }

    /// <summary>Reads a literal; the message says why it is refused.</summary>
    public bool TryCoerce(ValueNode literal, out object? value, [NotNullWhen(false)] out string? fault)
    {
        value = null;
        fault = null;
        if (literal is not EnumValueNode name) fault = $"Enum \"{Name}\" cannot represent non-enum value: {literal}.{Suggestion(literal)}";
        else if (TryGetValue(name.Value, out var known)) value = known.Value;
        else fault = $"Value \"{name.Value}\" does not exist in \"{Name}\" enum.{Suggestion(literal)}";
        return fault is null;
    }

    string Suggestion(ValueNode literal)
    {
        var text = literal is StringValueNode quoted ? quoted.Value : literal.ToString();
        var close = Values.FirstOrDefault(value => string.Equals(value.Name, text, StringComparison.OrdinalIgnoreCase));
        return close is null ? "" : $" Did you mean the enum value \"{close.Name}\"?";
    }
}

/// <param name="value">What resolvers give and get: the member of the enumeration, or the name.</param>
public sealed partial class EnumValue(string name, object value)
{
    public string Name { get; } = name;
    public object Value { get; } = value;
    public string? Description { get; internal set; }
    public string? DeprecationReason { get; internal set; }
}
