using System.Linq.Expressions;
using System.Reflection;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL;

using Conditions = IReadOnlyDictionary<string, object?>;

/// <summary>Turns the values of <c>where</c> into conditions on items.</summary>
/// <param name="inMemory">Whether the items are here, so that null has to be guarded against and text is compared by its characters.</param>
sealed class FilterExpressions(bool inMemory)
{
    /// <summary>The items that meet the conditions, as a query where they came as one.</summary>
    public static object? Apply<T>(object? items, Conditions where)
    {
        var isQuery = items is IQueryable<T> and not EnumerableQuery<T>;
        var item = Expression.Parameter(typeof(T), "item");
        var condition = Expression.Lambda<Func<T, bool>>(new FilterExpressions(!isQuery).All(item, where), item);
        return items switch
        {
            null => null,
            IQueryable<T> query when isQuery => query.Where(condition),
            // conditions differ from request to request: to interpret them is cheaper than to compile them
            IEnumerable<T> list => list.Where(condition.Compile(preferInterpretation: true)).ToList(),
            _ => throw new InvalidOperationException($"A {items.GetType().Name} cannot be filtered."),
        };
    }

    public static bool HasOrder(Type type) =>
        type != typeof(bool) && !type.IsEnum && type != typeof(string) && (type.IsPrimitive || type == typeof(decimal) || type.GetMethod("op_GreaterThan", [type, type]) is not null);

    Expression All(Expression owner, Conditions where) => where
        .Select(condition => condition.Key switch
        {
            "and" => Joined(owner, condition.Value, Expression.AndAlso, whenNone: true),
            "or" => Joined(owner, condition.Value, Expression.OrElse, whenNone: false),
            _ => Member(owner, FilterTypes.PropertiesOf(owner.Type)[condition.Key], condition.Value),
        })
        .Aggregate((Expression)Expression.Constant(value: true), Expression.AndAlso);

    Expression Joined(Expression owner, object? value, Func<Expression, Expression, Expression> join, bool whenNone)
    {
        var parts = ((IEnumerable<object?>?)value ?? []).Cast<Conditions>().Select(part => owner.Type == typeof(string) ? Operations(owner, part) : All(owner, part)).ToList();
        return parts.Count == 0 ? Expression.Constant(whenNone || value is null) : parts.Aggregate(join);
    }

    Expression Member(Expression owner, PropertyInfo property, object? value)
    {
        var member = Expression.Property(owner, property);
        if (value is not Conditions conditions) return IsNull(member);
        var type = Nullable.GetUnderlyingType(member.Type) ?? member.Type;
        if (RuntimeLists.ElementType(type) is { } element && type != typeof(string)) return Guarded(member, List(member, element, conditions));
        return IsLeaf(type)
            ? Operations(member, conditions)
            : Guarded(member, All(Nullable.GetUnderlyingType(member.Type) is null ? member : Expression.Property(member, "Value"), conditions));
    }

    static bool IsLeaf(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string) || type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true;

    Expression List(Expression list, Type element, Conditions conditions)
    {
        return conditions.Select(condition => condition.Key switch
        {
            "any" => condition.Value is false ? Expression.Not(Call(nameof(Enumerable.Any))) : (Expression)Call(nameof(Enumerable.Any)),
            "all" => Call(nameof(Enumerable.All), Lambda(condition.Value)),
            "none" => Expression.Not(Call(nameof(Enumerable.Any), Lambda(condition.Value))),
            _ => Call(nameof(Enumerable.Any), Lambda(condition.Value)),
        }).Aggregate((Expression)Expression.Constant(value: true), Expression.AndAlso);

        MethodCallExpression Call(string method, params Expression[] arguments) => Expression.Call(typeof(Enumerable), method, [element], [list, .. arguments]);

        LambdaExpression Lambda(object? value)
        {
            var item = Expression.Parameter(element, "item");
            var underlying = Nullable.GetUnderlyingType(element) ?? element;
            var body = value is not Conditions inner ? IsNull(item) : IsLeaf(underlying) ? Operations(item, inner) : Guarded(item, All(item, inner));
            return Expression.Lambda(body, item);
        }
    }

    Expression Operations(Expression member, Conditions conditions) => conditions
        .Select(condition => condition.Key switch
        {
            "and" => Joined(member, condition.Value, Expression.AndAlso, whenNone: true),
            "or" => Joined(member, condition.Value, Expression.OrElse, whenNone: false),
            _ => FilterOperations.Of(condition.Key, member, condition.Value, inMemory),
        })
        .Aggregate((Expression)Expression.Constant(value: true), Expression.AndAlso);

    Expression Guarded(Expression member, Expression condition) =>
        inMemory && (!member.Type.IsValueType || Nullable.GetUnderlyingType(member.Type) is not null) ? Expression.AndAlso(Expression.Not(IsNull(member)), condition) : condition;

    static Expression IsNull(Expression member) => member.Type.IsValueType && Nullable.GetUnderlyingType(member.Type) is null
        ? Expression.Constant(value: false)
        : Expression.Equal(member, Expression.Constant(null, member.Type));
}
