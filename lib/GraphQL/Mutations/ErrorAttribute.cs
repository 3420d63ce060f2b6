namespace OptiInfra.GraphQL;

/// <summary>An exception that callers of the mutation are told of in its payload: a type with the exception's message and own properties.</summary>
/// <param name="errorType">An exception, or a class with <c>static CreateErrorFrom(SomeException)</c>, or with a constructor of one exception.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public class ErrorAttribute(Type errorType) : Attribute
{
    public Type ErrorType { get; } = errorType;
}

/// <inheritdoc/>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ErrorAttribute<T>() : ErrorAttribute(typeof(T));

/// <summary>How a mutation's input and payload are called, or that it has none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UseMutationConventionAttribute : Attribute
{
    public bool Disable { get; set; }
    public string? InputTypeName { get; set; }
    public string? PayloadTypeName { get; set; }
    /// <summary>The payload's field for what the method gives; the name of its type by default.</summary>
    public string? PayloadFieldName { get; set; }
}
