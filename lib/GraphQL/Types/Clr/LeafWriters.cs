using System.Linq.Expressions;
using System.Reflection;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Types;

/// <summary>Writers of leaves that box nothing.</summary>
static class LeafWriters
{
    /// <summary>Null where the value has to go the general way.</summary>
    public static LeafWriter? For(Expression value, ParameterExpression parent, IType type)
    {
        var underlying = Nullable.GetUnderlyingType(value.Type) ?? value.Type;
        return (LeafWriter?)typeof(LeafWriters).GetMethod(underlying != value.Type ? nameof(OfNullable) : nameof(Of), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(underlying).Invoke(null, [value, parent, type.NamedType]);
    }

    static LeafWriter? Of<T>(Expression value, ParameterExpression parent, NamedType type)
    {
        if (Writer<T>(type) is not { } write) return null;
        var read = Expression.Lambda<Func<object, T?>>(value, parent).Compile();
        if (typeof(T).IsValueType) return (owner, writer) =>
        {
            write(writer, read(owner)!);
            return true;
        };
        return (owner, writer) =>
        {
            if (read(owner) is not { } present) return false;
            write(writer, present);
            return true;
        };
    }

    static LeafWriter? OfNullable<T>(Expression value, ParameterExpression parent, NamedType type) where T : struct
    {
        if (Writer<T>(type) is not { } write) return null;
        var read = Expression.Lambda<Func<object, T?>>(value, parent).Compile();
        return (owner, writer) =>
        {
            if (read(owner) is not { } present) return false;
            write(writer, present);
            return true;
        };
    }

    static Action<ResultWriter, T>? Writer<T>(NamedType type)
    {
        Delegate? write = type switch
        {
            StringType or IdType when typeof(T) == typeof(string) => (Action<ResultWriter, string>)((writer, value) => writer.WriteString(value)),
            IdType when typeof(T) == typeof(Guid) => (Action<ResultWriter, Guid>)((writer, value) => writer.WriteQuoted(value, 36, default)),
            IntType when typeof(T) == typeof(int) => (Action<ResultWriter, int>)((writer, value) => writer.WriteNumber(value)),
            FloatType when typeof(T) == typeof(double) => (Action<ResultWriter, double>)((writer, value) => writer.WriteNumber(value)),
            BooleanType when typeof(T) == typeof(bool) => (Action<ResultWriter, bool>)((writer, value) => writer.WriteBoolean(value)),
            CustomScalarType<T> scalar => (Action<ResultWriter, T>)scalar.Write,
            EnumType enumeration when typeof(T).IsEnum => EnumWriter<T>(enumeration),
            _ => null,
        };
        return (Action<ResultWriter, T>?)write;
    }

    static Action<ResultWriter, T> EnumWriter<T>(EnumType type)
    {
#pragma warning disable CS8714 // an enumeration is never null
        var names = type.Values.ToDictionary(value => (T)value.Value, value => value.Utf8Name);
#pragma warning restore CS8714
        return (writer, value) =>
        {
            if (!names.TryGetValue(value, out var name)) throw new GraphQLException($"Enum \"{type.Name}\" cannot represent value: {value}");
            writer.WriteByte((byte)'"');
            writer.WriteRaw(name);
            writer.WriteByte((byte)'"');
        };
    }
}
