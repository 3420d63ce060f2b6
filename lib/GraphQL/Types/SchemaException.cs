namespace OptiInfra.GraphQL.Types;

/// <summary>A schema cannot be made from what was given; the message names the place and the remedy.</summary>
public sealed class SchemaException(string message) : Exception(message);
