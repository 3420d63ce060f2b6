using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using MassTransit;

namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>
/// A saga query as the JSON that a stored instance must contain: equalities of properties with values, joined by AND
/// (what MassTransit's Dapper integration supports as well).
/// </summary>
static class SagaFilter
{
    /// <exception cref="NotSupportedException">The filter is more than that.</exception>
    public static string ToJson<TSaga>(Expression<Func<TSaga, bool>> filter, JsonSerializerOptions options) where TSaga : class, ISaga
    {
        var contained = new JsonObject();
        Add(contained, filter.Body, filter, options);
        return contained.ToJsonString(options);
    }

    static void Add(JsonObject contained, Expression node, LambdaExpression filter, JsonSerializerOptions options)
    {
        switch (node)
        {
            case BinaryExpression { NodeType: ExpressionType.AndAlso } and:
                Add(contained, and.Left, filter, options);
                Add(contained, and.Right, filter, options);
                break;
            case BinaryExpression { NodeType: ExpressionType.Equal } equal when Path(equal.Left, filter) is { } path:
                Add(contained, path, equal.Right, filter, options);
                break;
            case BinaryExpression { NodeType: ExpressionType.Equal } equal when Path(equal.Right, filter) is { } path:
                Add(contained, path, equal.Left, filter, options);
                break;
            case MemberExpression member when Path(member, filter) is { } path:
                Add(contained, path, Expression.Constant(true), filter, options);
                break;
            case UnaryExpression { NodeType: ExpressionType.Not } not when Path(not.Operand, filter) is { } path:
                Add(contained, path, Expression.Constant(false), filter, options);
                break;
            default:
                throw Unsupported(node, filter);
        }
    }

    static void Add(JsonObject contained, List<PropertyInfo> path, Expression valueExpression, LambdaExpression filter, JsonSerializerOptions options)
    {
        var value = Value(valueExpression, filter)
            ?? throw new NotSupportedException($"Saga query '{filter}' compares with null; only values can be looked up.");
        var property = path[^1];
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        // an expression tree compares enums as their numbers
        if (type.IsEnum && value.GetType() != type)
            value = Enum.ToObject(type, value);
        foreach (var parent in path.SkipLast(1))
        {
            var name = Name(parent, options);
            contained = contained[name] as JsonObject ?? Added(contained, name);
        }

        var key = Name(property, options);
        var json = JsonSerializer.SerializeToNode(value, type, options);
        if (contained.TryGetPropertyValue(key, out var before) && !JsonNode.DeepEquals(before, json))
            throw new NotSupportedException($"Saga query '{filter}' wants two values of {property.Name}.");
        contained[key] = json;
    }

    static JsonObject Added(JsonObject parent, string name)
    {
        var child = new JsonObject();
        parent[name] = child;
        return child;
    }

    /// <summary>The chain of properties from the saga to the node; null where the node does not start at the saga.</summary>
    static List<PropertyInfo>? Path(Expression node, LambdaExpression filter)
    {
        var path = new List<PropertyInfo>();
        while (true)
        {
            switch (node)
            {
                case UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert:
                    node = convert.Operand;
                    break;
                case MemberExpression { Member: PropertyInfo property, Expression: { } of }:
                    if (!(property.Name == "Value" && Nullable.GetUnderlyingType(of.Type) is not null))
                        path.Insert(0, property);
                    node = of;
                    break;
                default:
                    return node == filter.Parameters[0] && path.Count > 0 ? path : null;
            }
        }
    }

    static object? Value(Expression node, LambdaExpression filter)
    {
        if (UsesSaga(node, filter))
            throw Unsupported(node, filter);
        return node is ConstantExpression constant
            ? constant.Value
            : Expression.Lambda<Func<object?>>(Expression.Convert(node, typeof(object))).Compile(preferInterpretation: true)();
    }

    static bool UsesSaga(Expression node, LambdaExpression filter)
    {
        var finder = new ParameterFinder(filter.Parameters[0]);
        finder.Visit(node);
        return finder.Found;
    }

    static string Name(PropertyInfo property, JsonSerializerOptions options)
    {
        foreach (var candidate in options.GetTypeInfo(property.ReflectedType ?? property.DeclaringType!).Properties)
            if (candidate.AttributeProvider is PropertyInfo known && known.Name == property.Name)
                return candidate.Name;
        return options.PropertyNamingPolicy?.ConvertName(property.Name) ?? property.Name;
    }

    static NotSupportedException Unsupported(Expression node, LambdaExpression filter) => new(
        $"Saga query '{filter}' cannot be looked up because of '{node}': only equalities of properties with values, joined by &&, are supported. Correlate by id, or keep what you look up as a property of the saga.");

    sealed class ParameterFinder(ParameterExpression parameter) : ExpressionVisitor
    {
        public bool Found { get; private set; }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            Found |= node == parameter;
            return base.VisitParameter(node);
        }
    }
}
