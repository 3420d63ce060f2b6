using System.Reflection;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Types;

/// <summary>Something around a resolver that an attribute asks for.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Class)]
public abstract class FieldMiddlewareAttribute : Attribute
{
    /// <summary>The lower, the further outside; the order of attributes in code does not matter.</summary>
    public abstract int Order { get; }

    /// <summary>Changes the field's type or arguments and wraps its resolver with <see cref="FieldConfiguration.Use"/>.</summary>
    public abstract void Configure(FieldConfiguration field);
}

/// <summary>A field while the schema is made.</summary>
public sealed class FieldConfiguration
{
    readonly List<Func<FieldResolver, FieldResolver>> _middleware = [];

    FieldConfiguration(TypeCollector types, MemberInfo member, Type owner, OutputField field, ClrShape shape)
    {
        Types = types;
        Member = member;
        Owner = owner;
        Field = field;
        Shape = shape;
    }

    /// <summary>The method or property that answers the field.</summary>
    public MemberInfo Member { get; }

    /// <summary>The class that the member was found on.</summary>
    public Type Owner { get; }

    public OutputField Field { get; }

    /// <summary>Of the items where the member gives a list; null otherwise.</summary>
    public Type? ElementType => Shape.Element?.Type;

    internal TypeCollector Types { get; }
    internal ClrShape Shape { get; }
    internal FieldResolver? Resolver { get; set; }
    internal Func<object, object?>? Read { get; set; }

    /// <summary>Wraps the resolver as it is by then: first come, furthest outside.</summary>
    public void Use(Func<FieldResolver, FieldResolver> middleware) => _middleware.Add(middleware);

    /// <summary>Adds an argument behind those there are; its value is <see cref="ResolverContext.ArgumentValue{T}"/>.</summary>
    public void AddArgument(InputValue argument) => Field.Arguments = [.. Field.Arguments, argument];

    internal static FieldConfiguration From(TypeCollector types, ComplexType owner, Type type, MemberInfo member, bool isOwner)
    {
        var shape = member is MethodInfo returning ? ClrShape.OfReturn(returning) : ClrShape.Of((PropertyInfo)member, isInput: false);
        var middleware = member.GetCustomAttributes<FieldMiddlewareAttribute>()
            .Concat(type.GetCustomAttributes<FieldMiddlewareAttribute>().Where(general => !member.IsDefined(general.GetType(), inherit: true)))
            .OrderBy(attribute => attribute.Order)
            .ToList();
        try
        {
            var isSubscription = member.GetCustomAttribute<SubscribeAttribute>() is not null;
            var isId = member.GetCustomAttribute<IDAttribute>() is not null;
            var size = member.GetCustomAttribute<ListSizeAttribute>();
            var field = new OutputField(Names.OfMember(member), TypeOf(types, shape, isId, middleware))
            {
                Description = TypeCollector.Description(member),
                DeprecationReason = TypeCollector.Deprecation(member),
                Cost = member.GetCustomAttribute<CostAttribute>()?.Weight,
                ListSize = size is null ? null : new(size.AssumedSize > 0 ? size.AssumedSize : null, size.SlicingArguments, size.SizedFields, size.RequireOneSlicingArgument),
                IsAsync = shape.IsDeferred,
            };
            var configuration = new FieldConfiguration(types, member, type, field, shape);
            if (owner is ObjectType) new ResolverCompiler(configuration, isOwner).Compile();
            else field.Arguments = [.. ResolverCompiler.ArgumentsOf(types, member).Select(argument => argument.Value)];
            if (isSubscription) Subscriptions.Configure(configuration);
            foreach (var attribute in middleware) attribute.Configure(configuration);
            return configuration;
        }
        catch (SchemaException fault)
        {
            throw new SchemaException($"{type.Name}.{member.Name}: {fault.Message}");
        }
    }

    // paging gives a type of its own, so the list itself needs none
    static IType TypeOf(TypeCollector types, ClrShape shape, bool isId, List<FieldMiddlewareAttribute> middleware) =>
        middleware.OfType<UsePagingAttribute>().Any() && UsePagingAttribute.ItemOf(shape) is { } item ? types.Output(item) : types.Output(shape, isId);

    internal OutputField Finish()
    {
        if (_middleware.Count == 0 && Read is not null)
        {
            Field.Read = Read;
            return Field;
        }
        var resolver = Resolver ?? (Read is { } read ? context => new(read(context.ParentObject!)) : null);
        if (resolver is null) return Field;
        for (var i = _middleware.Count - 1; i >= 0; i--) resolver = _middleware[i](resolver);
        Field.Resolver = resolver;
        Field.WriteLeaf = null;
        return Field;
    }
}
