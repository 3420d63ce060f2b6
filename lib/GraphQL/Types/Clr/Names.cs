using System.Reflection;
using System.Text;

namespace OptiInfra.GraphQL.Types;

/// <summary>How names of C# become names of GraphQL.</summary>
static class Names
{
    public static string OfType(Type type)
    {
        if (Explicit(type) is { } given) return given;
        var name = type.Name;
        if (!type.IsGenericType) return name;
        name = name[..name.IndexOf('`', StringComparison.Ordinal)];
        return $"{name}Of{string.Concat(type.GetGenericArguments().Select(OfType))}";
    }

    public static string OfInput(Type type)
    {
        var name = OfType(type);
        return Explicit(type) is not null || name.EndsWith("Input", StringComparison.Ordinal) ? name : name + "Input";
    }

    static string? Explicit(Type type) =>
        type.GetCustomAttribute<GraphQLNameAttribute>()?.Name
        ?? type.GetCustomAttribute<ObjectTypeAttribute>()?.Name
        ?? type.GetCustomAttribute<InterfaceTypeAttribute>()?.Name
        ?? type.GetCustomAttribute<UnionTypeAttribute>()?.Name
        ?? type.GetCustomAttribute<EnumTypeAttribute>()?.Name
        ?? type.GetCustomAttribute<InputObjectTypeAttribute>()?.Name;

    /// <summary>Without Get in front and Async behind, beginning in lower case.</summary>
    public static string OfMember(MemberInfo member)
    {
        if (member.GetCustomAttribute<GraphQLNameAttribute>()?.Name is { } given) return given;
        var name = member.Name;
        if (member is MethodInfo)
        {
            if (name.Length > 3 && name.StartsWith("Get", StringComparison.Ordinal) && char.IsUpper(name[3])) name = name[3..];
            if (name.Length > 5 && name.EndsWith("Async", StringComparison.Ordinal)) name = name[..^5];
        }
        return CamelCase(name);
    }

    public static string OfParameter(ParameterInfo parameter) =>
        parameter.GetCustomAttribute<GraphQLNameAttribute>()?.Name ?? CamelCase(parameter.Name!);

    public static string OfEnumValue(FieldInfo value)
    {
        if (value.GetCustomAttribute<GraphQLNameAttribute>()?.Name is { } given) return given;
        var text = new StringBuilder();
        var name = value.Name;
        for (var i = 0; i < name.Length; i++)
        {
            var begins = i > 0 && char.IsUpper(name[i]) && name[i - 1] != '_'
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (begins) text.Append('_');
            text.Append(char.ToUpperInvariant(name[i]));
        }
        return text.ToString();
    }

    /// <summary>Leading capitals in lower case: Id, ARN and IPAddress become id, arn and ipAddress.</summary>
    public static string CamelCase(string name)
    {
        var capitals = 0;
        while (capitals < name.Length && char.IsUpper(name[capitals])) capitals++;
        if (capitals == 0) return name;
        if (capitals > 1 && capitals < name.Length && char.IsLower(name[capitals])) capitals--;
        return name[..capitals].ToLowerInvariant() + name[capitals..];
    }

    public static string PascalCase(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
