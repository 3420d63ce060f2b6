using System.Collections.Concurrent;
using System.Reflection;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL;

/// <summary>The input types of <c>where</c>, in HotChocolate's shapes.</summary>
static class FilterTypes
{
    static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, PropertyInfo>> Properties = new();

    /// <summary>The properties that can be filtered and sorted by, by their names in the schema.</summary>
    public static IReadOnlyDictionary<string, PropertyInfo> PropertiesOf(Type type) => Properties.GetOrAdd(type, static owner => owner
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0 && TypeCollector.IsVisible(property))
        .GroupBy(Names.OfMember, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal));

    public static InputObjectType Of(TypeCollector types, Type type)
    {
        var name = Names.OfType(type) + "FilterInput";
        return types.Named(name, () => new InputObjectType(name), input => input.SetFields(
        [
            new("and", new ListType(new NonNullType(input))) { Description = "All of these." },
            new("or", new ListType(new NonNullType(input))) { Description = "At least one of these." },
            .. PropertiesOf(type).Select(property => (property.Key, Type: OfShape(types, ClrShape.Of(property.Value, isInput: false))))
                .Where(field => field.Type is not null)
                .Select(field => new InputValue(field.Key, field.Type!)),
        ]));
    }

    static InputObjectType? OfShape(TypeCollector types, ClrShape shape)
    {
        if (shape.Element is { } element && OfShape(types, element) is { } item) return OfList(types, item);
        if (types.LeafOf(shape.Type) is { } leaf)
            return leaf.Name == "JSON" ? null : OfLeaf(types, leaf, shape.Type);
        return shape.Type is { IsClass: true, IsAbstract: false } or { IsValueType: true } && shape.Element is null && shape.Type.Namespace?.StartsWith("System", StringComparison.Ordinal) != true
            ? Of(types, shape.Type)
            : null;
    }

    static InputObjectType OfList(TypeCollector types, InputObjectType item)
    {
        var name = "List" + item.Name;
        types.TryFind("Boolean", out var flag);
        return types.Named(name, () => new InputObjectType(name), input => input.SetFields(
        [
            new("all", item) { Description = "All items." },
            new("none", item) { Description = "No item." },
            new("some", item) { Description = "At least one item." },
            new("any", flag!) { Description = "Whether there is an item." },
        ]));
    }

    static InputObjectType OfLeaf(TypeCollector types, NamedType leaf, Type type)
    {
        var name = Names.PascalCase(Names.CamelCase(leaf.Name)) + "OperationFilterInput";
        return types.Named(name, () => new InputObjectType(name), input => input.SetFields(Operations(input, leaf, type)));
    }

    static IEnumerable<InputValue> Operations(InputObjectType self, NamedType leaf, Type type)
    {
        if (leaf is StringType)
        {
            yield return new("and", new ListType(new NonNullType(self)));
            yield return new("or", new ListType(new NonNullType(self)));
        }
        yield return new("eq", leaf);
        yield return new("neq", leaf);
        if (leaf is BooleanType) yield break;
        yield return new("in", new ListType(leaf));
        yield return new("nin", new ListType(leaf));
        var further = leaf switch
        {
            StringType => ["contains", "ncontains", "startsWith", "nstartsWith", "endsWith", "nendsWith"],
            ScalarType when FilterExpressions.HasOrder(type) => ["gt", "ngt", "gte", "ngte", "lt", "nlt", "lte", "nlte"],
            _ => Array.Empty<string>(),
        };
        foreach (var operation in further) yield return new(operation, leaf);
    }
}
