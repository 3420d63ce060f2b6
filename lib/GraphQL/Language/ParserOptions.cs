namespace OptiInfra.GraphQL.Language;

/// <summary>Bounds of what a document may hold, so that hostile text costs little.</summary>
public sealed record ParserOptions
{
    public static ParserOptions Default { get; } = new();

    /// <summary>Most tokens (names, punctuators, values; not commas or comments); unbounded by default.</summary>
    public int MaxTokens { get; init; } = int.MaxValue;

    /// <summary>Deepest nesting of selections, values and types together; guards the stack.</summary>
    public int MaxDepth { get; init; } = 200;
}

/// <summary>The text is no GraphQL document.</summary>
public sealed class SyntaxException(string message, Location location) : Exception($"Syntax Error: {message}")
{
    public Location Location { get; } = location;
}
