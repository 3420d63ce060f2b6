namespace OptiInfra.GraphQL.Validation;

/// <summary>How much one operation may ask for. The defaults let common clients and their tools pass, the standard introspection query among them.</summary>
public sealed record OperationBounds
{
    /// <summary>Most fields from the root to a leaf, the leaf included; fragments count where they are spread.</summary>
    public int MaxDepth { get; init; } = 20;

    /// <summary>Most aliases; those of a fragment count at each spread.</summary>
    public int MaxAliases { get; init; } = 50;

    /// <summary>Most that an operation may cost, by the weights below.</summary>
    public double MaxCost { get; init; } = 10_000;

    /// <summary>Of a field whose value is at hand and that has no <c>[Cost]</c>.</summary>
    public double FieldCost { get; init; } = 1;

    /// <summary>Of a field that may have to wait for its value and that has no <c>[Cost]</c>.</summary>
    public double AsyncFieldCost { get; init; } = 10;

    /// <summary>Items of a list of which nothing is known.</summary>
    public int AssumedListSize { get; init; } = 10;

    /// <summary>Most items that an argument like <c>first</c> may ask for, unless the field assumes more by itself.</summary>
    public int MaxPageSize { get; init; } = 100;
}
