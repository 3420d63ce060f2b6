using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>The selections on a value of object, interface or union type; planned per object type when first met.</summary>
sealed class CompositePlan(NamedType type, Func<ObjectType, SelectionSetPlan> plan, Schema schema)
{
    readonly ConcurrentDictionary<ObjectType, SelectionSetPlan> _plans = new();
    readonly ConcurrentDictionary<Type, ObjectType?> _byRuntimeType = new();
    readonly ObjectType? _single = type as ObjectType;
    SelectionSetPlan? _only;

    public NamedType Type { get; } = type;

    /// <exception cref="GraphQLException">The value belongs to no type that the field may have.</exception>
    public SelectionSetPlan For(object value)
    {
        if (_only is not null) return _only;
        if (_single is not null) return _only = plan(_single);
        var concrete = NamedExplicitly(value) is { } name ? ByName(name) : _byRuntimeType.GetOrAdd(value.GetType(), ByRuntimeType);
        if (concrete is null)
            throw new InvalidOperationException($"Abstract type \"{Type.Name}\" cannot tell the object type of a {value.GetType().Name}; add a type for it to the schema.");
        return _plans.GetOrAdd(concrete, plan);
    }

    string? NamedExplicitly(object value)
    {
        var resolve = Type switch { InterfaceType contract => contract.TypeNameOf, UnionType union => union.TypeNameOf, _ => null };
        if (resolve?.Invoke(value) is { } name) return name;
        return value switch
        {
            IReadOnlyDictionary<string, object?> fields => fields.GetValueOrDefault("__typename") as string,
            JsonElement { ValueKind: JsonValueKind.Object } element when element.TryGetProperty("__typename", out var property) => property.GetString(),
            _ => null,
        };
    }

    ObjectType ByName(string name)
    {
        if (!schema.TryGetType(name, out var found))
            throw new InvalidOperationException($"Abstract type \"{Type.Name}\" was resolved to a type \"{name}\" that does not exist inside the schema.");
        if (found is ObjectType type && schema.IsSubType(type, Type)) return type;
        throw new InvalidOperationException($"Runtime Object type \"{name}\" is not a possible type for \"{Type.Name}\".");
    }

    // the most derived of the classes that a type describes
    ObjectType? ByRuntimeType(Type runtimeType)
    {
        var possible = schema.PossibleTypes(Type).Where(candidate => candidate.RuntimeType?.IsAssignableFrom(runtimeType) == true).ToImmutableArray();
        return possible.FirstOrDefault(candidate => possible.All(other => other.RuntimeType!.IsAssignableFrom(candidate.RuntimeType)));
    }
}
