namespace OptiInfra.GraphQL.Types;

/// <summary>A field of an object or interface type.</summary>
public sealed partial class OutputField(string name, IType type)
{
    public string Name { get; } = name;
    public IType Type { get; internal set; } = type;
    public string? Description { get; internal set; }
    public IReadOnlyList<InputValue> Arguments { get; internal set; } = [];
    /// <summary>Null where the field is not deprecated.</summary>
    public string? DeprecationReason { get; internal set; }
    /// <summary>Weight by <c>@cost</c>; null where the defaults hold.</summary>
    public double? Cost { get; internal set; }
    /// <summary>How many items a list may have, by <c>@listSize</c>; null where nothing is known.</summary>
    public ListSize? ListSize { get; internal set; }
    /// <summary>Whether the resolver may wait for something.</summary>
    public bool IsAsync { get; internal set; }

    public InputValue? FindArgument(string argument) =>
        Arguments.FirstOrDefault(candidate => string.Equals(candidate.Name, argument, StringComparison.Ordinal));

    public override string ToString() => $"{Name}: {Type}";
}

/// <summary>What is known of a list's length before it is fetched (IBM's cost specification).</summary>
/// <param name="AssumedSize">Items where no slicing argument is given; null where unknown.</param>
/// <param name="SlicingArguments">Integer arguments that bound the number of items, as in <c>first</c>.</param>
/// <param name="SizedFields">Fields of the returned object whose lists have this size, as in <c>edges</c>; empty where the field is itself the list.</param>
/// <param name="RequireOneSlicingArgument">Whether a query must give exactly one of the slicing arguments.</param>
public sealed record ListSize(
    int? AssumedSize, IReadOnlyList<string> SlicingArguments, IReadOnlyList<string> SizedFields, bool RequireOneSlicingArgument);
