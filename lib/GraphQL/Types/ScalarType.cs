using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>A leaf type: how its values are read from literals and written to responses.</summary>
public abstract partial class ScalarType(string name, Type runtimeType) : NamedType(name)
{
    /// <summary>What resolvers give and get.</summary>
    public Type RuntimeType { get; } = runtimeType;

    /// <summary>Where the scalar is specified (<c>@specifiedBy</c>).</summary>
    public string? SpecifiedByUrl { get; internal set; }

    /// <summary>
    /// Reads a literal without variables. Values of variables come as literals too: a JSON string as a <see cref="StringValueNode"/>,
    /// a JSON number without fraction as an <see cref="IntValueNode"/>.
    /// </summary>
    /// <returns>Null where the literal is refused.</returns>
    protected abstract object? Coerce(ValueNode literal);

    /// <summary>What the refusal of a literal says.</summary>
    protected virtual string Describe(ValueNode literal) => $"{Name} cannot represent value: {literal}";

    public bool TryCoerce(ValueNode literal, out object? value, [NotNullWhen(false)] out string? fault)
    {
        value = Coerce(literal);
        fault = value is null ? Describe(literal) : null;
        return fault is null;
    }
}

/// <summary>Int: 32 bits, signed.</summary>
public sealed partial class IntType() : ScalarType("Int", typeof(int))
{
    protected override object? Coerce(ValueNode literal) =>
        literal is IntValueNode number && int.TryParse(number.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    protected override string Describe(ValueNode literal) => literal is IntValueNode
        ? $"Int cannot represent non 32-bit signed integer value: {literal}"
        : $"Int cannot represent non-integer value: {literal}";
}

/// <summary>Float: IEEE 754 double; neither infinite nor not-a-number.</summary>
public sealed partial class FloatType() : ScalarType("Float", typeof(double))
{
    protected override object? Coerce(ValueNode literal)
    {
        var text = literal switch { IntValueNode number => number.Value, FloatValueNode number => number.Value, _ => null };
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
    }

    protected override string Describe(ValueNode literal) => $"Float cannot represent non numeric value: {literal}";
}

public sealed partial class StringType() : ScalarType("String", typeof(string))
{
    protected override object? Coerce(ValueNode literal) => (literal as StringValueNode)?.Value;

    protected override string Describe(ValueNode literal) => $"String cannot represent a non string value: {literal}";
}

public sealed partial class BooleanType() : ScalarType("Boolean", typeof(bool))
{
    protected override object? Coerce(ValueNode literal) => (literal as BooleanValueNode)?.Value;

    protected override string Describe(ValueNode literal) => $"Boolean cannot represent a non boolean value: {literal}";
}

/// <summary>ID: a string, or digits, which are taken as a string.</summary>
public sealed partial class IdType() : ScalarType("ID", typeof(string))
{
    protected override object? Coerce(ValueNode literal) => literal switch
    {
        StringValueNode text => text.Value,
        IntValueNode number => number.Value,
        _ => null,
    };

    protected override string Describe(ValueNode literal) => $"ID cannot represent a non-string and non-integer value: {literal}";
}

/// <summary>A scalar of a schema made from text, of which nothing but the name is known: any value is taken and given.</summary>
public sealed partial class AnyType(string name) : ScalarType(name, typeof(object))
{
    protected override object? Coerce(ValueNode literal) => Plain(literal) ?? Execution.Absent.Value;

    /// <summary>Strings, numbers, booleans, null, and lists and dictionaries of these.</summary>
    internal static object? Plain(ValueNode literal) => literal switch
    {
        StringValueNode text => text.Value,
        EnumValueNode name => name.Value,
        BooleanValueNode boolean => boolean.Value,
        IntValueNode number when long.TryParse(number.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) => value,
        IntValueNode number => double.Parse(number.Value, CultureInfo.InvariantCulture),
        FloatValueNode number => double.Parse(number.Value, CultureInfo.InvariantCulture),
        ListValueNode list => list.Values.Select(Plain).ToList(),
        ObjectValueNode obj => obj.Fields.GroupBy(field => field.Name.Value, StringComparer.Ordinal)
            .ToDictionary(field => field.Key, field => Plain(field.Last().Value), StringComparer.Ordinal),
        _ => null,
    };
}
