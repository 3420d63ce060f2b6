using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL;

/// <summary>The list takes an argument <c>order</c>: properties of its items, each ASC or DESC, the first deciding first.</summary>
public sealed class UseSortingAttribute : FieldMiddlewareAttribute
{
    public override int Order => 50;

    public override void Configure(FieldConfiguration field)
    {
        ArgumentNullException.ThrowIfNull(field);
        var item = UsePagingAttribute.ItemOf(field.Shape)?.Type ?? throw new SchemaException("[UseSorting] needs a list.");
        field.AddArgument(new("order", new ListType(new NonNullType(SortTypes.Of(field.Types, item)))) { Description = "By which properties to sort." });
        if (UsePagingAttribute.IsOwnPage(field.Shape.Type)) return;
        var apply = typeof(Sorting).GetMethod(nameof(Sorting.Apply), BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(item)
            .CreateDelegate<Func<object?, IReadOnlyList<(string, bool)>, object?>>();
        field.Use(next => async context =>
        {
            var items = await next(context);
            var order = context.ArgumentValue<object?[]?>("order");
            return order is { Length: > 0 } ? apply(items, [.. order.SelectMany(entry => Sorting.Keys((Dictionary<string, object?>)entry!, ""))]) : items;
        });
    }
}

/// <summary>The input types of <c>order</c>, in HotChocolate's shapes.</summary>
static class SortTypes
{
    public static InputObjectType Of(TypeCollector types, Type type)
    {
        var name = Names.OfType(type) + "SortInput";
        var direction = types.Named("SortEnumType", () =>
        {
            var directions = new EnumType("SortEnumType") { Description = "Which way to sort." };
            directions.SetValues([new("ASC", "ASC"), new("DESC", "DESC")]);
            return directions;
        });
        return types.Named(name, () => new InputObjectType(name), input => input.SetFields(FilterTypes.PropertiesOf(type)
            .Select(property => (property.Key, Type: FieldType(types, ClrShape.Of(property.Value, isInput: false), direction)))
            .Where(field => field.Type is not null)
            .Select(field => new InputValue(field.Key, field.Type!))));
    }

    static NamedType? FieldType(TypeCollector types, ClrShape shape, EnumType direction)
    {
        if (shape.Element is not null) return null;
        if (types.LeafOf(shape.Type) is { } leaf) return leaf.Name == "JSON" || !(typeof(IComparable).IsAssignableFrom(shape.Type) || shape.Type.IsEnum) ? null : direction;
        return shape.Type.IsClass && !shape.Type.IsAbstract && shape.Type.Namespace?.StartsWith("System", StringComparison.Ordinal) != true ? Of(types, shape.Type) : null;
    }
}

static class Sorting
{
    static readonly ConcurrentDictionary<(Type, string), Delegate> Selectors = new();

    /// <summary>Paths of properties with whether they sort downwards.</summary>
    public static IEnumerable<(string Path, bool IsDescending)> Keys(Dictionary<string, object?> entry, string prefix) =>
        entry.SelectMany(field => field.Value switch
        {
            string direction => [(prefix + field.Key, direction == "DESC")],
            Dictionary<string, object?> inner => Keys(inner, $"{prefix}{field.Key}."),
            _ => [],
        });

    public static object? Apply<T>(object? items, IReadOnlyList<(string Path, bool IsDescending)> keys) => items switch
    {
        null => null,
        IQueryable<T> query and not EnumerableQuery<T> => OfQuery(query, keys),
        IEnumerable<T> list => OfList(list, keys),
        _ => throw new InvalidOperationException($"A {items.GetType().Name} cannot be sorted."),
    };

    static List<T> OfList<T>(IEnumerable<T> items, IReadOnlyList<(string Path, bool IsDescending)> keys)
    {
        IOrderedEnumerable<T>? sorted = null;
        foreach (var (path, isDescending) in keys)
        {
            var key = (Func<T, object?>)Selectors.GetOrAdd((typeof(T), path), static of => Selector<T>(of.Item2));
            sorted = (sorted, isDescending) switch
            {
                (null, false) => items.OrderBy(key, KeyOrder.Instance),
                (null, true) => items.OrderByDescending(key, KeyOrder.Instance),
                (_, false) => sorted.ThenBy(key, KeyOrder.Instance),
                (_, true) => sorted.ThenByDescending(key, KeyOrder.Instance),
            };
        }
        return sorted is null ? [.. items] : [.. sorted];
    }

    static Func<T, object?> Selector<T>(string path)
    {
        var chain = new List<Func<object, object?>>();
        var type = typeof(T);
        foreach (var name in path.Split('.'))
        {
            var property = FilterTypes.PropertiesOf(type)[name];
            var owner = Expression.Parameter(typeof(object));
            chain.Add(Expression.Lambda<Func<object, object?>>(Expression.Convert(Expression.Property(Expression.Convert(owner, type), property), typeof(object)), owner).Compile());
            type = property.PropertyType;
        }
        return item =>
        {
            object? value = item;
            foreach (var step in chain) value = value is null ? null : step(value);
            return value;
        };
    }

    static IQueryable<T> OfQuery<T>(IQueryable<T> query, IReadOnlyList<(string Path, bool IsDescending)> keys)
    {
        var sorted = query.Expression;
        var isFirst = true;
        foreach (var (path, isDescending) in keys)
        {
            var item = Expression.Parameter(typeof(T), "item");
            var key = path.Split('.').Aggregate((Expression)item, (owner, name) => Expression.Property(owner, FilterTypes.PropertiesOf(owner.Type)[name]));
            var method = (isFirst, isDescending) switch
            {
                (true, false) => nameof(Queryable.OrderBy),
                (true, true) => nameof(Queryable.OrderByDescending),
                (false, false) => nameof(Queryable.ThenBy),
                (false, true) => nameof(Queryable.ThenByDescending),
            };
            sorted = Expression.Call(typeof(Queryable), method, [typeof(T), key.Type], sorted, Expression.Quote(Expression.Lambda(key, item)));
            isFirst = false;
        }
        return query.Provider.CreateQuery<T>(sorted);
    }

    /// <summary>Null before all else; text by its characters, so that every machine sorts alike.</summary>
    sealed class KeyOrder : IComparer<object?>
    {
        public static readonly KeyOrder Instance = new();

        public int Compare(object? x, object? y) => (x, y) switch
        {
            (string a, string b) => string.CompareOrdinal(a, b),
            _ => System.Collections.Comparer.DefaultInvariant.Compare(x, y),
        };
    }
}
