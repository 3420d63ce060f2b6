using System.Reflection;
using System.Text.Json;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>The fields of a type of the schema, found in its documents by the same names unless said otherwise.</summary>
static class DocumentFields
{
    static readonly NullabilityInfoContext Nullability = new();

    /// <param name="otherwise">Fields that documents hold under another name, or in another form.</param>
    public static IReadOnlyDictionary<string, DocumentField> Of<T>(IReadOnlyDictionary<string, DocumentField> otherwise) => Of(typeof(T), "data", otherwise, isInNullable: false);

    /// <param name="owner">SQL of the object that has it.</param>
    public static DocumentField.Leaf Leaf(string owner, string name, Type type, bool isNullable = true)
    {
        var text = $"({owner}->>'{name}')";
        if (type.IsEnum)
            return new(text, $"array_position(array[{string.Join(',', Enum.GetNames(type).Select(word => $"'{JsonNamingPolicy.SnakeCaseLower.ConvertName(word)}'"))}], {text})", LeafKind.Text, isNullable, Words: true);
        if (type == typeof(bool))
            return new($"{text}::boolean", $"{text}::boolean", LeafKind.Boolean, isNullable);
        if (type == typeof(string) || type == typeof(Guid) || type == typeof(DateTimeOffset))
            return new(text, $"{text} collate \"C\"", type == typeof(DateTimeOffset) ? LeafKind.Instant : LeafKind.Text, isNullable);
        return new($"{text}::numeric", $"{text}::numeric", LeafKind.Number, isNullable);
    }

    static Dictionary<string, DocumentField> Of(Type owner, string sql, IReadOnlyDictionary<string, DocumentField> otherwise, bool isInNullable)
    {
        Dictionary<string, DocumentField> fields = new(otherwise, StringComparer.Ordinal);
        foreach (var property in owner.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = property.GetCustomAttribute<GraphQLNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (fields.ContainsKey(name))
                continue;
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || type == typeof(Guid) || type == typeof(DateTimeOffset))
                fields.Add(name, Leaf(sql, name, type, isInNullable || IsNullable(property)));
            else if (type.Namespace?.StartsWith("OptiInfra", StringComparison.Ordinal) == true)
                fields.Add(name, new DocumentField.Part($"({sql}->'{name}')", Of(type, $"{sql}->'{name}'", new Dictionary<string, DocumentField>(StringComparer.Ordinal), isInNullable || IsNullable(property))));
        }

        return fields;
    }

    static bool IsNullable(PropertyInfo property)
    {
        lock (Nullability)
            return Nullability.Create(property).ReadState is not NullabilityState.NotNull;
    }
}
