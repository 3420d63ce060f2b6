using System.Collections;
using System.Reflection;

namespace OptiInfra.GraphQL.Types;

/// <summary>A type of C# with its nullability, taken apart.</summary>
/// <param name="Type">Without a task around it and without <see cref="Nullable{T}"/>.</param>
/// <param name="Element">Of a list; null where it is none.</param>
/// <param name="IsDeferred">Whether a task or an asynchronous stream brings the value.</param>
sealed record ClrShape(Type Type, bool IsNullable, ClrShape? Element, bool IsDeferred = false)
{
    public static ClrShape OfReturn(MethodInfo method) => Of(new NullabilityInfoContext().Create(method.ReturnParameter), isInput: false);

    public static ClrShape Of(PropertyInfo property, bool isInput) => Of(new NullabilityInfoContext().Create(property), isInput);

    public static ClrShape Of(ParameterInfo parameter) => Of(new NullabilityInfoContext().Create(parameter), isInput: true);

    /// <summary>A type of which no nullability is known: not null.</summary>
    public static ClrShape Of(Type type) => Nullable.GetUnderlyingType(type) is { } underlying ? new(underlying, IsNullable: true, ElementOf(underlying, null)) : new(type, IsNullable: false, ElementOf(type, null));

    public ClrShape AsNullable() => this with { IsNullable = true };

    static ClrShape Of(NullabilityInfo info, bool isInput)
    {
        var type = info.Type;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (definition == typeof(Task<>) || definition == typeof(ValueTask<>)) return Of(info.GenericTypeArguments[0], isInput) with { IsDeferred = true };
        if (definition == typeof(Optional<>)) return Of(info.GenericTypeArguments[0], isInput).AsNullable();
        if (Nullable.GetUnderlyingType(type) is { } underlying) return new(underlying, IsNullable: true, ElementOf(underlying, null));
        var isNullable = !type.IsValueType && (isInput ? info.WriteState is NullabilityState.Unknown ? info.ReadState : info.WriteState : info.ReadState) != NullabilityState.NotNull;
        var inner = info.ElementType ?? (info.GenericTypeArguments is [var only] ? only : null);
        return new(type, isNullable, ElementOf(type, inner is null ? null : Of(inner, isInput)), definition == typeof(IAsyncEnumerable<>));
    }

    static ClrShape? ElementOf(Type type, ClrShape? known)
    {
        if (type == typeof(string) || typeof(IDictionary).IsAssignableFrom(type) || IsJson(type)) return null;
        var element = type.IsArray ? type.GetElementType() : type.GetInterfaces().Prepend(type)
            .FirstOrDefault(candidate => candidate.IsGenericType && (candidate.GetGenericTypeDefinition() == typeof(IEnumerable<>) || candidate.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)))?.GetGenericArguments()[0];
        if (element is null) return null;
        return known is not null && (known.Type == element || Nullable.GetUnderlyingType(element) == known.Type) ? known : Of(element);
    }

    static bool IsJson(Type type) => typeof(System.Text.Json.Nodes.JsonNode).IsAssignableFrom(type);
}
