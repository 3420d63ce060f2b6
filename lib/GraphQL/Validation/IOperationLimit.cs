using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>A bound that depends on the values of variables: checked for each request, between validation and execution.</summary>
public interface IOperationLimit
{
    OperationLimitResult Check(OperationLimitContext context);
}

/// <param name="Operation">The one that is to be executed.</param>
/// <param name="Variable">The value of a variable by name, checked against its type; null where it was not given.</param>
/// <param name="ReportCost">Whether the caller wants to know what it costs.</param>
public sealed record OperationLimitContext(
    Schema Schema,
    DocumentNode Document,
    OperationDefinitionNode Operation,
    Func<string, ValueNode?> Variable,
    bool ReportCost = false);

/// <param name="Errors">Empty where the operation keeps within the bound.</param>
/// <param name="Extensions">Entries of the response's <c>extensions</c>, as what the operation costs; may be null.</param>
public sealed record OperationLimitResult(IReadOnlyList<GraphQLError> Errors, IReadOnlyDictionary<string, object?>? Extensions = null);
