using System.Runtime.InteropServices;

namespace OptiInfra.GraphQL;

/// <summary>An input that tells not given from null.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Optional<T>(T? Value, bool HasValue = true)
{
    public static implicit operator Optional<T>(T value) => new(value);
}

static class Optional
{
    public static bool IsOptional(Type? type) => type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(Optional<>);

    public static object Of(Type type, object? value) => Activator.CreateInstance(typeof(Optional<>).MakeGenericType(type), value, true)!;
}
