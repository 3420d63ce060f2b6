using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Types;

public sealed partial class OutputField
{
    /// <summary>Null where the value is found by <see cref="Read"/> or, failing that, by name in a dictionary or JSON object.</summary>
    public FieldResolver? Resolver { get; internal set; }

    /// <summary>Of a subscription's fields.</summary>
    public SourceStreamResolver? Subscribe { get; internal set; }

    /// <summary>A value that depends on the parent object alone.</summary>
    internal Func<object, object?>? Read { get; set; }

    /// <summary>The quickest way for leaves that depend on the parent object alone.</summary>
    internal LeafWriter? WriteLeaf { get; set; }
}
