using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>Fits a scalar's value to the type that a resolver's parameter has.</summary>
static class RuntimeConversion
{
    /// <exception cref="GraphQLException">The value does not fit.</exception>
    public static object? To(Type? target, object? value, ScalarType scalar, ValueNode node)
    {
        if (target is null || value is null) return value;
        target = Nullable.GetUnderlyingType(target) ?? target;
        if (target.IsInstanceOfType(value)) return value;
        try
        {
            return value switch
            {
                string text when target == typeof(Guid) => Guid.Parse(text),
                DateTimeOffset instant when target == typeof(DateTime) => instant.UtcDateTime,
                JsonElement json => json.Deserialize(target),
                IConvertible => Convert.ChangeType(value, target, CultureInfo.InvariantCulture),
                _ => throw new InvalidCastException(),
            };
        }
        catch (Exception fault) when (fault is FormatException or OverflowException or InvalidCastException or JsonException)
        {
            throw new GraphQLException(GraphQLError.At($"{scalar.Name} {node} does not fit {target.Name}.", node));
        }
    }
}

/// <summary>Makes the collections that resolvers' parameters ask for.</summary>
static class RuntimeLists
{
    static readonly ConcurrentDictionary<Type, Type?> ElementTypes = new();

    public static Type? ElementType(Type? list) => list is null ? null : ElementTypes.GetOrAdd(list, static type =>
        type.IsArray ? type.GetElementType() : type.GetInterfaces().Prepend(type)
            .FirstOrDefault(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0]);

    /// <exception cref="SchemaException">The collection cannot be made from its items.</exception>
    public static object Make(Type? list, object?[] items)
    {
        if (ElementType(list) is not { } element) return items;
        var array = Array.CreateInstance(element, items.Length);
        for (var i = 0; i < items.Length; i++) array.SetValue(items[i], i);
        if (list!.IsInstanceOfType(array)) return array;
        var made = typeof(List<>).MakeGenericType(element);
        if (list.IsAssignableFrom(made)) return Activator.CreateInstance(made, array)!;
        var constructor = list.GetConstructors().FirstOrDefault(candidate => candidate.GetParameters() is [var only] && only.ParameterType.IsInstanceOfType(array) && typeof(IEnumerable).IsAssignableFrom(only.ParameterType));
        if (constructor is not null) return constructor.Invoke([array]);
        var set = typeof(HashSet<>).MakeGenericType(element);
        if (list.IsAssignableFrom(set)) return Activator.CreateInstance(set, array)!;
        throw new SchemaException($"{list} cannot be filled; take an array, IReadOnlyList or List of {element.Name}.");
    }
}
