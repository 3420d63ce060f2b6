using System.Collections.Concurrent;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;
using OptiInfra.GraphQL.Validation;

namespace OptiInfra.GraphQL.Execution;

/// <summary>A text that was parsed and validated, with the plans of its operations.</summary>
sealed class PreparedDocument
{
    readonly ConcurrentDictionary<OperationDefinitionNode, OperationPlan> _plans = new();
    readonly Schema _schema;

    PreparedDocument(Schema schema, DocumentNode? document, IReadOnlyList<GraphQLError> errors)
    {
        _schema = schema;
        Document = document;
        Errors = errors;
    }

    public DocumentNode? Document { get; }

    /// <summary>Why it cannot be executed; empty where it can.</summary>
    public IReadOnlyList<GraphQLError> Errors { get; }

    public static PreparedDocument From(string text, Schema schema, RequestOptions options)
    {
        DocumentNode document;
        try
        {
            document = Parser.Parse(text, options.Parser);
        }
        catch (SyntaxException fault)
        {
            return new(schema, null, [GraphQLError.From(fault)]);
        }
        var errors = DocumentValidator.Validate(schema, document, options.ValidationRules, options.MaxValidationErrors);
        return new(schema, document, [.. errors.Select(error => error.Code is null ? error with { Code = ErrorCodes.Validation } : error)]);
    }

    /// <exception cref="GraphQLException">The document has no such operation, or several and none was named.</exception>
    public OperationPlan Operation(string? name)
    {
        var operations = Document!.Operations.ToList();
        var operation = string.IsNullOrEmpty(name)
            ? operations.Count switch
            {
                1 => operations[0],
                0 => throw new GraphQLException("Document contains no operation."),
                _ => throw new GraphQLException("Must provide operation name if query contains multiple operations."),
            }
            : operations.Find(candidate => string.Equals(candidate.Name?.Value, name, StringComparison.Ordinal))
                ?? throw new GraphQLException($"Unknown operation named \"{name}\".");
        return _plans.GetOrAdd(operation, static (node, self) => new(self._schema, self.Document!, node), this);
    }
}
