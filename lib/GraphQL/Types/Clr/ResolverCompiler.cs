using System.Linq.Expressions;
using System.Reflection;
using System.Security.Claims;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Types;

/// <summary>Compiles the member of a field once, so that no call needs reflection.</summary>
sealed class ResolverCompiler(FieldConfiguration field, bool isOwner)
{
    readonly ParameterExpression _context = Expression.Parameter(typeof(ResolverContext), "context");

    public void Compile()
    {
        var arguments = ArgumentsOf(field.Types, field.Member).ToList();
        field.Field.Arguments = [.. arguments.Select(argument => argument.Value)];
        var parent = Expression.Parameter(typeof(object), "parent");
        if (OfParentAlone(parent) is { } pure && !field.Shape.IsDeferred)
        {
            field.Read = Expression.Lambda<Func<object, object?>>(Expression.Convert(pure, typeof(object)), parent).Compile();
            field.Field.WriteLeaf = field.Shape.Element is null ? LeafWriters.For(pure, parent, field.Field.Type) : null;
            return;
        }
        var call = field.Member is MethodInfo method
            ? CallOf(field, method, _context, parameter => arguments.FindIndex(argument => argument.Parameter == parameter), isOwner)
            : Expression.Property(((PropertyInfo)field.Member).GetMethod!.IsStatic ? null : Target(field, field.Member, _context, isOwner), (PropertyInfo)field.Member);
        field.Resolver = Expression.Lambda<FieldResolver>(Deferred.Wrap(call, _context), _context).Compile();
    }

    /// <summary>A property of the object, a method of it without parameters, or a static method that takes nothing but it.</summary>
    Expression? OfParentAlone(ParameterExpression parent)
    {
        if (isOwner && field.Member is PropertyInfo { GetMethod.IsStatic: false } property) return Expression.Property(Expression.Convert(parent, property.DeclaringType!), property);
        if (isOwner && field.Member is MethodInfo { IsStatic: false } own && own.GetParameters().Length == 0) return Expression.Call(Expression.Convert(parent, own.DeclaringType!), own);
        if (field.Member is MethodInfo { IsStatic: true } method && method.GetParameters() is [var only] && only.GetCustomAttribute<ParentAttribute>() is not null)
            return Expression.Call(method, Expression.Convert(parent, only.ParameterType));
        return null;
    }

    static Expression Target(FieldConfiguration field, MemberInfo member, ParameterExpression context, bool isOwner) => isOwner
        ? Expression.Convert(Expression.Property(context, "ParentObject"), member.DeclaringType!)
        : Expression.Call(Expression.Property(context, "Request"), nameof(Request.Instance), [field.Owner]);

    /// <summary>A call of a method with all that it asks for.</summary>
    /// <param name="argumentIndex">The place of a parameter among the field's arguments; negative for what is injected.</param>
    public static Expression CallOf(FieldConfiguration field, MethodInfo method, ParameterExpression context, Func<ParameterInfo, int> argumentIndex, bool isOwner = false) =>
        Expression.Call(method.IsStatic ? null : Target(field, method, context, isOwner), method, method.GetParameters().Select(parameter =>
        {
            if (Injected(field.Types, parameter) is { } injected) return Expression.Convert(Expression.Invoke(Expression.Constant(injected), context), parameter.ParameterType);
            return Expressions.Argument(context, argumentIndex(parameter), parameter.ParameterType);
        }));

    /// <summary>The parameters that are arguments of the field, in their order.</summary>
    public static IEnumerable<(ParameterInfo Parameter, InputValue Value)> ArgumentsOf(TypeCollector types, MemberInfo member)
    {
        if (member is not MethodInfo method) yield break;
        foreach (var parameter in method.GetParameters().Where(parameter => Injected(types, parameter) is null))
        {
            var type = types.Input(ClrShape.Of(parameter), parameter.GetCustomAttribute<IDAttribute>() is not null);
            var given = parameter.GetCustomAttribute<DefaultValueAttribute>();
            var value = given is not null ? given.Value : parameter.HasDefaultValue ? parameter.DefaultValue : null;
            if (value is null && parameter.HasDefaultValue && type.IsNonNull && Nullable.GetUnderlyingType(parameter.ParameterType) is null && parameter.ParameterType.IsValueType)
                value = Activator.CreateInstance(parameter.ParameterType);
            yield return (parameter, new(Names.OfParameter(parameter), type)
            {
                Description = parameter.GetCustomAttribute<GraphQLDescriptionAttribute>()?.Description ?? XmlDocumentation.Of(parameter),
                DeprecationReason = parameter.GetCustomAttribute<GraphQLDeprecatedAttribute>()?.DeprecationReason,
                Cost = parameter.GetCustomAttribute<CostAttribute>()?.Weight,
                RuntimeType = parameter.ParameterType,
                DefaultValue = value is null ? null : Literals.Of(value, type),
            });
        }
    }

    /// <summary>Where a parameter's value comes from that is no argument; null for arguments.</summary>
    static Func<ResolverContext, object?>? Injected(TypeCollector types, ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (type == typeof(CancellationToken)) return context => context.RequestAborted;
        if (type == typeof(IResolverContext) || type == typeof(ResolverContext)) return context => context;
        if (type == typeof(IServiceProvider)) return context => context.Services;
        if (type == typeof(ClaimsPrincipal)) return context => context.ContextData.TryGetValue(nameof(ClaimsPrincipal), out var user) ? user : null;
        if (type == typeof(Microsoft.AspNetCore.Http.HttpContext)) return context => context.ContextData.TryGetValue("HttpContext", out var http) ? http : null;
        if (parameter.GetCustomAttribute<ParentAttribute>() is not null || parameter.GetCustomAttribute<EventMessageAttribute>() is not null) return context => context.ParentObject;
        if (type == typeof(PagingArguments)) return context => context.Paging;
        if (typeof(IDataLoader).IsAssignableFrom(type)) return Expressions.Call(nameof(ResolverContext.DataLoader), type);
        var isService = parameter.GetCustomAttribute<ServiceAttribute>() is not null
            || (type.IsInterface && ClrShape.Of(type).Element is null)
            || types.IsService(type);
        return isService ? Expressions.Call(nameof(ResolverContext.Service), type) : null;
    }
}

static class Expressions
{
    public static Func<ResolverContext, object?> Call(string method, Type type)
    {
        var context = Expression.Parameter(typeof(ResolverContext));
        return Expression.Lambda<Func<ResolverContext, object?>>(Expression.Convert(Expression.Call(context, method, [type]), typeof(object)), context).Compile();
    }

    public static Expression Argument(ParameterExpression context, int index, Type type) =>
        Expression.Call(typeof(Expressions).GetMethod(nameof(ArgumentAt), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type), context, Expression.Constant(index));

    static T? ArgumentAt<T>(ResolverContext context, int index)
    {
        var value = context.ArgumentOrAbsent(index);
        return value is null || ReferenceEquals(value, Absent.Value) ? default : (T)value;
    }
}
