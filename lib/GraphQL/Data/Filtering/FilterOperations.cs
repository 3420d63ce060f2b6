using System.Globalization;
using System.Linq.Expressions;

namespace OptiInfra.GraphQL;

/// <summary>One comparison of a property with what the caller gave.</summary>
static class FilterOperations
{
    public static Expression Of(string operation, Expression member, object? value, bool inMemory) => operation switch
    {
        "eq" => Expression.Equal(member, Constant(value, member.Type), liftToNull: false, method: null),
        "neq" => Expression.NotEqual(member, Constant(value, member.Type), liftToNull: false, method: null),
        "in" => In(member, value),
        "nin" => Expression.Not(In(member, value)),
        "gt" => Compare(Expression.GreaterThan, member, value),
        "ngt" => Expression.Not(Compare(Expression.GreaterThan, member, value)),
        "gte" => Compare(Expression.GreaterThanOrEqual, member, value),
        "ngte" => Expression.Not(Compare(Expression.GreaterThanOrEqual, member, value)),
        "lt" => Compare(Expression.LessThan, member, value),
        "nlt" => Expression.Not(Compare(Expression.LessThan, member, value)),
        "lte" => Compare(Expression.LessThanOrEqual, member, value),
        "nlte" => Expression.Not(Compare(Expression.LessThanOrEqual, member, value)),
        "contains" => Text(nameof(string.Contains), member, value, inMemory),
        "ncontains" => Expression.Not(Text(nameof(string.Contains), member, value, inMemory)),
        "startsWith" => Text(nameof(string.StartsWith), member, value, inMemory),
        "nstartsWith" => Expression.Not(Text(nameof(string.StartsWith), member, value, inMemory)),
        "endsWith" => Text(nameof(string.EndsWith), member, value, inMemory),
        "nendsWith" => Expression.Not(Text(nameof(string.EndsWith), member, value, inMemory)),
        _ => throw new InvalidOperationException($"There is no filter operation {operation}."),
    };

    static BinaryExpression Compare(Func<Expression, Expression, BinaryExpression> compare, Expression member, object? value) =>
        value is null ? throw new GraphQLException("Only eq and neq compare with null.") : compare(member, Constant(value, member.Type));

    static MethodCallExpression In(Expression member, object? values)
    {
        var list = (System.Collections.IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(member.Type))!;
        foreach (var value in (System.Collections.IEnumerable?)values ?? Array.Empty<object>())
        {
            if (value is not null || !member.Type.IsValueType || Nullable.GetUnderlyingType(member.Type) is not null) list.Add(Converted(value, member.Type));
        }
        return Expression.Call(typeof(Enumerable), nameof(Enumerable.Contains), [member.Type], Expression.Constant(list), member);
    }

    static Expression Text(string method, Expression member, object? value, bool inMemory)
    {
        if (value is not string text) throw new GraphQLException("Only eq and neq compare with null.");
        if (!inMemory) return Expression.Call(member, typeof(string).GetMethod(method, [typeof(string)])!, Expression.Constant(text));
        var call = Expression.Call(member, typeof(string).GetMethod(method, [typeof(string), typeof(StringComparison)])!, Expression.Constant(text), Expression.Constant(StringComparison.Ordinal));
        return Expression.AndAlso(Expression.NotEqual(member, Expression.Constant(null, typeof(string))), call);
    }

    static ConstantExpression Constant(object? value, Type type) => value is null && type.IsValueType && Nullable.GetUnderlyingType(type) is null
        ? throw new GraphQLException("A value that is never null cannot be compared with null.")
        : Expression.Constant(Converted(value, type), type);

    static object? Converted(object? value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            null => null,
            DateTimeOffset instant when type == typeof(DateTime) => instant.UtcDateTime,
            _ when type.IsInstanceOfType(value) => value,
            string text when type == typeof(Guid) => Guid.Parse(text),
            _ => Convert.ChangeType(value, type, CultureInfo.InvariantCulture),
        };
    }
}
