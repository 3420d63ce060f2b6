using System.Collections;
using System.Globalization;
using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>Constants of C# as literals.</summary>
static class Literals
{
    /// <exception cref="SchemaException">The constant has no literal of the type.</exception>
    public static ValueNode Of(object? value, IType type)
    {
        switch (value)
        {
            case null: return new NullValueNode(default);
            case bool flag: return new BooleanValueNode(default, flag);
            case string text when type.NamedType is not EnumType: return new StringValueNode(default, text, isBlock: false);
            case int or long or short or byte when type.NamedType is not EnumType:
                return new IntValueNode(default, Convert.ToString(value, CultureInfo.InvariantCulture)!);
            case double or float or decimal:
                var number = Convert.ToString(value, CultureInfo.InvariantCulture)!;
                return number.AsSpan().IndexOfAny('.', 'E') < 0 ? new IntValueNode(default, number) : new FloatValueNode(default, number);
            case Enum when type.NamedType is EnumType enumeration && enumeration.TryFind(value, out var member):
                return new EnumValueNode(default, member.Name);
            case IEnumerable items when type.Nullable is ListType list:
                return new ListValueNode(default, [.. items.Cast<object?>().Select(item => Of(item, list.ElementType))]);
        }
        if (type.NamedType is ScalarType scalar)
        {
            using var writer = new ResultWriter(64);
            scalar.Write(writer, value);
            return JsonLiterals.From(System.Text.Json.JsonDocument.Parse(writer.WrittenMemory).RootElement, type);
        }
        throw new SchemaException($"The default {value} has no literal of the type {type}.");
    }
}
