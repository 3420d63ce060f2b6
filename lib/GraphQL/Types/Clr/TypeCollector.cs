using System.Reflection;
using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>Makes types of the schema from types of C#, each when it is first met.</summary>
sealed partial class TypeCollector
{
    readonly Dictionary<string, NamedType> _types;
    readonly Dictionary<Type, NamedType> _outputs = [];
    readonly Dictionary<Type, NamedType> _inputs = [];
    readonly Dictionary<Type, ScalarType> _scalars;
    readonly Queue<Action> _unfinished = new();
    readonly ILookup<Type, Type> _extensions;
    readonly ILookup<string, Type> _extensionsByName;
    readonly Func<Type, bool> _isService;

    public TypeCollector(
        Dictionary<string, NamedType> types, Dictionary<Type, ScalarType> scalars, IEnumerable<Type> extensions, Func<Type, bool> isService)
    {
        _types = types;
        _scalars = scalars;
        _isService = isService;
        var all = extensions.Distinct().ToList();
        _extensions = all.Where(type => ExtendedBy(type) is not null).ToLookup(type => ExtendedBy(type)!);
        _extensionsByName = all.Where(type => type.GetCustomAttribute<ExtendObjectTypeAttribute>()?.Name is not null)
            .ToLookup(type => type.GetCustomAttribute<ExtendObjectTypeAttribute>()!.Name!, StringComparer.Ordinal);
    }

    public static Type? ExtendedBy(Type extension) =>
        extension.GetCustomAttribute<ExtendObjectTypeAttribute>()?.ExtendsType
        ?? extension.GetCustomAttributesData().Select(data => data.AttributeType)
            .FirstOrDefault(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ObjectTypeAttribute<>))?.GetGenericArguments()[0];

    /// <summary>A type made by conventions rather than of a class; made once per name.</summary>
    public T Named<T>(string name, Func<T> make, Action<T>? complete = null) where T : NamedType
    {
        if (_types.TryGetValue(name, out var known))
            return known as T ?? throw new SchemaException($"Type \"{name}\" is needed as {typeof(T).Name} and defined as {known.GetType().Name}; rename one with [GraphQLName].");
        var type = make();
        _types.Add(name, type);
        if (complete is not null) _unfinished.Enqueue(() => complete(type));
        return type;
    }

    public void Later(Action complete) => _unfinished.Enqueue(complete);

    public bool TryFind(string name, out NamedType? type) => _types.TryGetValue(name, out type);

    /// <summary>Completes what was begun, and what that brings along.</summary>
    public void Finish()
    {
        while (_unfinished.TryDequeue(out var complete)) complete();
    }

    public IType Output(ClrShape shape, bool isId = false)
    {
        IType type = shape.Element is { } element && !_scalars.ContainsKey(shape.Type) ? new ListType(Output(element, isId)) : isId ? _types["ID"] : NamedOutput(shape.Type);
        return shape.IsNullable ? type : new NonNullType(type);
    }

    public IType Input(ClrShape shape, bool isId = false)
    {
        IType type = shape.Element is { } element && !_scalars.ContainsKey(shape.Type) ? new ListType(Input(element, isId)) : isId ? _types["ID"] : NamedInput(shape.Type);
        return shape.IsNullable ? type : new NonNullType(type);
    }

    public NamedType NamedOutput(Type type)
    {
        if (_outputs.TryGetValue(type, out var known)) return known;
        if (Leaf(type) is { } leaf) return _outputs[type] = leaf;
        if (type.GetCustomAttribute<UnionTypeAttribute>() is not null) return Union(type);
        return type.IsInterface || type.GetCustomAttribute<InterfaceTypeAttribute>() is not null ? Interface(type) : Object(type);
    }

    NamedType NamedInput(Type type)
    {
        if (_inputs.TryGetValue(type, out var known)) return known;
        return _inputs[type] = Leaf(type) ?? InputObject(type);
    }

    /// <summary>The scalar or enum of a type; null where it has none.</summary>
    public NamedType? LeafOf(Type type) => Leaf(type);

    NamedType? Leaf(Type type)
    {
        if (type.IsEnum) return Enum(type);
        if (_scalars.TryGetValue(type, out var scalar)) return scalar;
        var name = System.Type.GetTypeCode(type) switch
        {
            TypeCode.String or TypeCode.Char => "String",
            TypeCode.Boolean => "Boolean",
            TypeCode.Int32 or TypeCode.Int16 or TypeCode.Byte or TypeCode.SByte or TypeCode.UInt16 => "Int",
            TypeCode.Double or TypeCode.Single => "Float",
            _ => null,
        };
        if (name is not null) return _types[name];
        return CustomScalars.For(type) is { } custom ? Named(custom.Name, () => custom) : null;
    }

    EnumType Enum(Type type) => Named(Names.OfType(type), () =>
    {
        var enumeration = new EnumType(Names.OfType(type)) { Description = Description(type), RuntimeType = type };
        enumeration.SetValues(type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(IsVisible).Select(field => new EnumValue(Names.OfEnumValue(field), field.GetValue(null)!)
        {
            Description = Description(field),
            DeprecationReason = Deprecation(field),
        }));
        return enumeration;
    });

    /// <summary>The enum type of any enumeration.</summary>
    public EnumType EnumOf(Type type) => Enum(type);

    InputObjectType InputObject(Type type)
    {
        RequireDescribable(type);
        var name = Names.OfInput(type);
        var input = Named(name, () => new InputObjectType(name) { Description = Description(type), RuntimeType = type, IsOneOf = type.GetCustomAttribute<OneOfAttribute>() is not null });
        _inputs[type] = input;
        _unfinished.Enqueue(() => InputClasses.Complete(this, input, type));
        return input;
    }

    public static bool IsVisible(MemberInfo member) => member.GetCustomAttribute<GraphQLIgnoreAttribute>() is null;

    public static string? Description(MemberInfo member) => member.GetCustomAttribute<GraphQLDescriptionAttribute>()?.Description ?? XmlDocumentation.Of(member);

    public static string? Deprecation(MemberInfo member) =>
        member.GetCustomAttribute<GraphQLDeprecatedAttribute>()?.DeprecationReason
        ?? (member.GetCustomAttribute<ObsoleteAttribute>() is { } obsolete ? obsolete.Message ?? "No longer supported" : null);

    static void RequireDescribable(Type type)
    {
        if (type.IsPrimitive || type == typeof(object) || type.IsPointer || type.IsArray || typeof(Delegate).IsAssignableFrom(type) || type.Namespace is "System" or "System.Collections.Generic" or "System.Threading.Tasks")
            throw new SchemaException($"{type} has no type in GraphQL; bind a scalar with BindRuntimeType, leave the member out with [GraphQLIgnore], or give another type.");
    }
}
