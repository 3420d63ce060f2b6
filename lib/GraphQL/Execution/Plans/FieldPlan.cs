using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>The fields to answer for objects of one type, in the order of the response.</summary>
sealed class SelectionSetPlan(ObjectType type, FieldPlan[] fields)
{
    public ObjectType Type { get; } = type;
    public FieldPlan[] Fields { get; } = fields;
}

/// <summary>All selections of one response name together.</summary>
sealed class FieldPlan
{
    public required string ResponseName { get; init; }
    /// <summary><c>"name":</c> in UTF-8.</summary>
    public required byte[] Label { get; init; }
    public required ObjectType ParentType { get; init; }
    public required OutputField Field { get; init; }
    public required FieldNode[] Nodes { get; init; }
    public required ArgumentPlan Arguments { get; init; }
    public required ValuePlan Value { get; init; }
    /// <summary>The whole answer where it is known beforehand, as of <c>__typename</c>.</summary>
    public byte[]? Constant { get; init; }
    /// <summary>Place of this field among those of the operation that have arguments to be coerced per request.</summary>
    public int ArgumentSlot { get; init; } = -1;
}

/// <summary>How a value of one type is written.</summary>
sealed class ValuePlan
{
    public required IType Type { get; init; }
    public required bool IsNonNull { get; init; }
    /// <summary>Whether something below may be answered later than its surroundings.</summary>
    public bool MayWait { get; set; }
    public LeafValueWriter? Leaf { get; init; }
    public ValuePlan? Element { get; init; }
    public CompositePlan? Composite { get; init; }
}

delegate void LeafValueWriter(ResultWriter writer, object value);

/// <summary>Arguments of a field: known once for all, or from the variables of each request.</summary>
/// <param name="Constant">Null where variables take part.</param>
sealed record ArgumentPlan(object?[]? Constant)
{
    public static readonly ArgumentPlan None = new([]);
}
