using System.Collections.Concurrent;
using System.Reflection;

namespace OptiInfra.Aws.Protocol;

/// <summary>Describes a request, response or model class as a <see cref="StructureShape"/>, once per class.</summary>
internal static class ClrShape
{
    private static readonly ConcurrentDictionary<(Type, QueryDialect), StructureShape> Structures = new();

    public static StructureShape Of<T>(QueryDialect dialect) => Of(typeof(T), dialect);

    private static StructureShape Of(Type type, QueryDialect dialect) =>
        Structures.GetOrAdd((type, dialect), static key => Describe(key.Item1, key.Item2));

    private static StructureShape Describe(Type type, QueryDialect dialect)
    {
        // only what this library declares: AmazonWebServiceRequest and -Response bring properties of the SDK's own
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is not null && p.DeclaringType!.Assembly == typeof(ClrShape).Assembly)
            .Select(p => Describe(p, dialect))
            .ToList();
        return new StructureShape(type.Name, () => Activator.CreateInstance(type)!, members);
    }

    private static Member Describe(PropertyInfo property, QueryDialect dialect)
    {
        var wire = property.GetCustomAttribute<WireAttribute>();
        var name = wire?.Name ?? property.Name;
        return new Member(name, () => ShapeOf(property.PropertyType, dialect))
        {
            LocationName = wire?.LocationName ?? (dialect == QueryDialect.Ec2 ? CamelCase(name) : null),
            IsIdempotencyToken = wire?.IdempotencyToken ?? false,
            IsDocument = wire?.Document ?? false,
            Get = PropertyAccessor.Getter(property),
            Set = PropertyAccessor.Setter(property),
        };
    }

    private static Shape ShapeOf(Type type, QueryDialect dialect)
    {
        var scalar = Nullable.GetUnderlyingType(type) ?? type;
        if (ScalarOf(scalar) is { } kind)
            return new ScalarShape(kind);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var element = type.GetGenericArguments()[0];
            return new ListShape(() => ShapeOf(element, dialect), elementName: null, PropertyAccessor.ListBuilder(element));
        }

        return Of(type, dialect);
    }

    private static ScalarKind? ScalarOf(Type type) => type switch
    {
        _ when type == typeof(string) => ScalarKind.String,
        _ when type == typeof(bool) => ScalarKind.Boolean,
        _ when type == typeof(int) => ScalarKind.Integer,
        _ when type == typeof(long) => ScalarKind.Long,
        _ when type == typeof(float) => ScalarKind.Float,
        _ when type == typeof(double) => ScalarKind.Double,
        _ when type == typeof(DateTime) => ScalarKind.Timestamp,
        _ when type == typeof(byte[]) => ScalarKind.Blob,
        _ => null,
    };

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
