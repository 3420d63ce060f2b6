using System.Text.Json;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Execution;

/// <summary>What a caller asks for.</summary>
public sealed record GraphQLRequest
{
    /// <summary>The document's text; null where <see cref="DocumentId"/> names a stored one.</summary>
    public string? Query { get; init; }

    /// <summary>Under which a trusted document is stored.</summary>
    public string? DocumentId { get; init; }

    /// <summary>Which operation of the document; may be left out where there is only one.</summary>
    public string? OperationName { get; init; }

    /// <summary>A JSON object, or undefined.</summary>
    public JsonElement Variables { get; init; }

    /// <summary>Kinds of operations that may be executed; all where empty.</summary>
    public IReadOnlyList<OperationType> AllowedOperations { get; init; } = [];

    /// <summary>Whether the response is to tell in <c>extensions.operationCost</c> what the operation costs.</summary>
    public bool ReportCost { get; init; }

    /// <summary>The parent of the root fields of a schema made from text.</summary>
    public object? RootValue { get; init; }

    /// <summary>Handed to resolvers through <see cref="IResolverContext.ContextData"/>.</summary>
    public IReadOnlyDictionary<string, object?>? ContextData { get; init; }
}
