using System.Globalization;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Validation;

/// <summary>
/// Prices an operation before it is executed, with the values that its variables have (after IBM's GraphQL Cost Directive
/// specification: a field costs its weight, and what is selected below a list counts once per item). Selections of different
/// object types are added up, though one object answers only one of them: the price is never too low for that.
/// </summary>
sealed class CostLimit(OperationBounds bounds) : IOperationLimit
{
    public OperationLimitResult Check(OperationLimitContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var price = new OperationPrice(context, bounds);
        var cost = price.Total();
        var errors = price.PageErrors.ToList();
        if (cost > bounds.MaxCost)
        {
            errors.Add(GraphQLError.At(
                string.Create(CultureInfo.InvariantCulture, $"The operation costs {cost:0.##}; at most {bounds.MaxCost:0.##} are allowed. Ask for fewer fields or smaller pages."),
                context.Operation) with { Code = ErrorCodes.Cost });
        }
        return new(errors, context.ReportCost ? new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["operationCost"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["cost"] = cost, ["limit"] = bounds.MaxCost },
        } : null);
    }
}
