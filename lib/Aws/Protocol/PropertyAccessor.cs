using System.Reflection;

namespace OptiInfra.Aws.Protocol;

/// <summary>Compiled access to properties: a page of DescribeInstances sets some 50,000 of them.</summary>
internal static class PropertyAccessor
{
    public static Func<object, object?> Getter(PropertyInfo property) =>
        Make<Func<object, object?>>(nameof(TypedGetter), [property.DeclaringType!, property.PropertyType], property);

    public static Action<object, object> Setter(PropertyInfo property) =>
        Make<Action<object, object>>(nameof(TypedSetter), [property.DeclaringType!, property.PropertyType], property);

    public static Func<IReadOnlyList<object>, object> ListBuilder(Type element) =>
        Make<Func<IReadOnlyList<object>, object>>(nameof(TypedListBuilder), [element]);

    private static TDelegate Make<TDelegate>(string method, Type[] typeArguments, params object[] arguments) =>
        (TDelegate)typeof(PropertyAccessor).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(typeArguments).Invoke(null, arguments)!;

    private static Func<object, object?> TypedGetter<TOwner, TValue>(PropertyInfo property)
    {
        var get = property.GetMethod!.CreateDelegate<Func<TOwner, TValue>>();
        return owner => get((TOwner)owner);
    }

    private static Action<object, object> TypedSetter<TOwner, TValue>(PropertyInfo property)
    {
        var set = property.SetMethod!.CreateDelegate<Action<TOwner, TValue>>();
        return (owner, value) => set((TOwner)owner, (TValue)value);
    }

    private static Func<IReadOnlyList<object>, object> TypedListBuilder<TElement>() => elements =>
    {
        var list = new TElement[elements.Count];
        for (var i = 0; i < list.Length; i++)
            list[i] = (TElement)elements[i];
        return list;
    };
}
