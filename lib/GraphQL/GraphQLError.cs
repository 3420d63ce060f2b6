using System.Collections.ObjectModel;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL;

/// <summary>One entry of a response's <c>errors</c>.</summary>
/// <param name="Message">Shown to the caller as it is: it must not tell what he may not know.</param>
public sealed record GraphQLError(string Message)
{
    /// <summary>Where in the document the fault lies.</summary>
    public IReadOnlyList<Location> Locations { get; init; } = [];

    /// <summary>Response names (<see cref="string"/>) and list indexes (<see cref="int"/>) from the root; null where no field is concerned.</summary>
    public IReadOnlyList<object>? Path { get; init; }

    /// <summary>For programs, as in <c>AUTH_NOT_AUTHORIZED</c>; written as <c>extensions.code</c>.</summary>
    public string? Code { get; init; }

    /// <summary>Further entries of <c>extensions</c>: strings, numbers, booleans, null and lists and dictionaries of these.</summary>
    public IReadOnlyDictionary<string, object?> Extensions { get; init; } = ReadOnlyDictionary<string, object?>.Empty;

    internal const string RuleEntry = "rule";

    /// <summary>Which of <see cref="Validation.SpecifiedRule"/> a document breaks, written as <c>extensions.rule</c>; null for all other errors.</summary>
    public string? Rule => Extensions.GetValueOrDefault(RuleEntry) as string;

    /// <summary>What was thrown, for logs and filters; never written to a response.</summary>
    public Exception? Exception { get; init; }

    /// <summary>An error found by a validation rule or limit at some nodes.</summary>
    public static GraphQLError At(string message, params IEnumerable<SyntaxNode> nodes) =>
        new(message) { Locations = [.. nodes.Select(node => node.Location)] };

    public static GraphQLError From(SyntaxException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return new(fault.Message) { Locations = [fault.Location], Code = ErrorCodes.Syntax };
    }
}

/// <summary>The codes that this library itself gives.</summary>
public static class ErrorCodes
{
    public const string Syntax = "GRAPHQL_PARSE_FAILED";
    public const string Validation = "GRAPHQL_VALIDATION_FAILED";
    public const string NotAuthorized = "AUTH_NOT_AUTHORIZED";
    public const string NotAuthenticated = "AUTH_NOT_AUTHENTICATED";
    public const string Cost = "COST_EXCEEDED";
    public const string Depth = "DEPTH_EXCEEDED";
    public const string Aliases = "ALIASES_EXCEEDED";
    public const string OperationKind = "OPERATION_KIND_NOT_ALLOWED";
    public const string Untrusted = "DOCUMENT_NOT_TRUSTED";
    public const string PageSize = "PAGE_SIZE_EXCEEDED";
    public const string Timeout = "EXECUTION_TIMEOUT";
}

/// <summary>Thrown by resolvers to answer with errors of their own wording.</summary>
public sealed class GraphQLException : Exception
{
    public GraphQLException(string message) : this(new GraphQLError(message)) { }

    public GraphQLException(params IReadOnlyList<GraphQLError> errors) : base(string.Join("; ", errors.Select(error => error.Message))) => Errors = errors;

    public IReadOnlyList<GraphQLError> Errors { get; }
}
