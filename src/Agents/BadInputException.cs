namespace OptiInfra.Agents;

/// <summary>Something that a person gave cannot be used; the message names it and says what to do, in one line.</summary>
public sealed class BadInputException(string message, Exception? inner = null) : Exception(message, inner);
