using System.Linq.Expressions;
using System.Reflection;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Types;

/// <summary>Input objects of classes: their fields, and how an instance is made.</summary>
static class InputClasses
{
    public static void Complete(TypeCollector types, InputObjectType input, Type type)
    {
        var constructor = type.GetConstructors().OrderByDescending(candidate => candidate.GetParameters().Length).FirstOrDefault(candidate => !IsCopy(candidate, type));
        var parameters = constructor?.GetParameters() ?? [];
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => TypeCollector.IsVisible(property) && property.GetIndexParameters().Length == 0)
            .Where(property => property.SetMethod is { IsPublic: true } || ParameterOf(property, parameters) is not null)
            .ToList();
        input.SetFields(properties.Select(property => Field(types, property, ParameterOf(property, parameters))));
        if (constructor is null && !type.IsValueType) throw new SchemaException($"Input class {type} has no public constructor.");
        input.Create = Creator(type, constructor, parameters, properties);
    }

    static bool IsCopy(ConstructorInfo constructor, Type type) => constructor.GetParameters() is [var only] && only.ParameterType == type;

    static ParameterInfo? ParameterOf(PropertyInfo property, ParameterInfo[] parameters) =>
        Array.Find(parameters, parameter => string.Equals(parameter.Name, property.Name, StringComparison.OrdinalIgnoreCase) && parameter.ParameterType == property.PropertyType);

    static InputValue Field(TypeCollector types, PropertyInfo property, ParameterInfo? parameter)
    {
        var isId = property.GetCustomAttribute<IDAttribute>() is not null || parameter?.GetCustomAttribute<IDAttribute>() is not null;
        var shape = ClrShape.Of(property, isInput: true);
        var type = types.Input(shape, isId);
        var given = property.GetCustomAttribute<DefaultValueAttribute>() ?? parameter?.GetCustomAttribute<DefaultValueAttribute>();
        var value = given is not null ? given.Value : parameter is { HasDefaultValue: true } ? parameter.DefaultValue : null;
        return new(Names.OfMember(property), type)
        {
            Description = TypeCollector.Description(property),
            DeprecationReason = TypeCollector.Deprecation(property),
            RuntimeType = property.PropertyType,
            DefaultValue = value is null ? null : Literals.Of(value, type),
        };
    }

    /// <summary>Calls the constructor, then sets what it leaves open; what was not given keeps the class's own initial value.</summary>
    static Func<object?[], object> Creator(Type type, ConstructorInfo? constructor, ParameterInfo[] parameters, List<PropertyInfo> properties)
    {
        var values = Expression.Parameter(typeof(object?[]), "values");
        var instance = Expression.Variable(type, "instance");
        var arguments = parameters.Select(parameter =>
        {
            var index = properties.FindIndex(property => ReferenceEquals(ParameterOf(property, parameters), parameter));
            return index < 0
                ? throw new SchemaException($"Parameter \"{parameter.Name}\" of the constructor of input class {type} has no property of its name and type.")
                : ValueAt(values, index, parameter.ParameterType);
        });
        var body = new List<Expression> { Expression.Assign(instance, constructor is null ? Expression.New(type) : Expression.New(constructor, arguments)) };
        for (var i = 0; i < properties.Count; i++)
        {
            if (ParameterOf(properties[i], parameters) is not null) continue;
            body.Add(Expression.IfThen(
                Expression.ReferenceNotEqual(Expression.ArrayIndex(values, Expression.Constant(i)), Expression.Constant(Absent.Value)),
                Expression.Call(instance, properties[i].SetMethod!, ValueAt(values, i, properties[i].PropertyType))));
        }
        body.Add(Expression.Convert(instance, typeof(object)));
        return Expression.Lambda<Func<object?[], object>>(Expression.Block([instance], body), values).Compile();
    }

    static Expression ValueAt(ParameterExpression values, int index, Type type) =>
        Expression.Call(typeof(InputClasses).GetMethod(nameof(ValueOrDefault), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type), Expression.ArrayIndex(values, Expression.Constant(index)));

    static T? ValueOrDefault<T>(object? value) => value is null || ReferenceEquals(value, Absent.Value) ? default : (T)value;
}
