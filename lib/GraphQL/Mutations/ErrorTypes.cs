using System.Reflection;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL;

/// <summary>Object types of errors, all of which implement <c>interface Error { message: String! }</c>.</summary>
static class ErrorTypes
{
    /// <param name="Exception">Which exceptions it stands for.</param>
    /// <param name="Create">Makes the object that is answered.</param>
    public sealed record Mapping(Type Exception, ObjectType Type, Func<Exception, object> Create);

    /// <exception cref="SchemaException">The class cannot be made from an exception.</exception>
    public static Mapping Of(TypeCollector types, Type type)
    {
        if (typeof(Exception).IsAssignableFrom(type)) return new(type, OfException(types, type), fault => fault);
        var (exception, create) = Factory(type);
        var obj = types.Object(type);
        types.Later(() =>
        {
            if (!obj.TryGetField("message", out _)) throw new SchemaException($"Error class {type} needs a property Message.");
            obj.Interfaces = [.. obj.Interfaces, Contract(types)];
        });
        return new(exception, obj, create);
    }

    static ObjectType OfException(TypeCollector types, Type type)
    {
        var name = Names.OfType(type);
        if (name.EndsWith("Exception", StringComparison.Ordinal)) name = name[..^"Exception".Length] + "Error";
        return types.Named(name, () => new ObjectType(name) { Description = TypeCollector.Description(type), RuntimeType = type }, obj =>
        {
            var own = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.DeclaringType != typeof(Exception) && TypeCollector.IsVisible(property) && !string.Equals(property.Name, "Message", StringComparison.Ordinal));
            obj.SetFields([Message(types), .. own.Select(property => FieldConfiguration.From(types, obj, type, property, isOwner: true).Finish())]);
            obj.Interfaces = [Contract(types)];
        });
    }

    static OutputField Message(TypeCollector types)
    {
        types.TryFind("String", out var text);
        return new("message", new NonNullType(text!)) { Description = "What went wrong, for people.", Read = parent => (parent as Exception)?.Message };
    }

    static InterfaceType Contract(TypeCollector types) => types.Named("Error", () => new InterfaceType("Error") { Description = "Why a mutation had no effect." }, contract => contract.SetFields([Message(types)]));

    static (Type Exception, Func<Exception, object> Create) Factory(Type type)
    {
        foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Static))
            if (method.Name == "CreateErrorFrom" && method.GetParameters() is [var only] && typeof(Exception).IsAssignableFrom(only.ParameterType))
                return (only.ParameterType, fault => method.Invoke(null, [fault])!);
        foreach (var constructor in type.GetConstructors())
            if (constructor.GetParameters() is [var only] && typeof(Exception).IsAssignableFrom(only.ParameterType))
                return (only.ParameterType, fault => constructor.Invoke([fault]));
        throw new SchemaException($"Error class {type} needs a static method CreateErrorFrom or a constructor that takes an exception.");
    }
}
