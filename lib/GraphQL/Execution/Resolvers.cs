namespace OptiInfra.GraphQL.Execution;

/// <summary>Gives the value of one field of one object.</summary>
public delegate ValueTask<object?> FieldResolver(ResolverContext context);

/// <summary>Opens the stream of events that a subscription's field follows.</summary>
public delegate ValueTask<IAsyncEnumerable<object?>> SourceStreamResolver(ResolverContext context);

/// <summary>Writes a leaf straight from its object; false where it is null.</summary>
delegate bool LeafWriter(object parent, ResultWriter writer);
