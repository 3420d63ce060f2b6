using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>One rule that documents must keep before they are executed.</summary>
public interface IValidationRule
{
    IEnumerable<GraphQLError> Validate(Schema schema, DocumentNode document);
}

/// <summary>Checks documents against a schema: what passes can be executed.</summary>
public static class DocumentValidator
{
    /// <summary>All of <see cref="SpecifiedRule"/>; they share their walks over the document.</summary>
    public static IReadOnlyList<IValidationRule> SpecifiedRules { get; } = [new SpecifiedRuleSet()];

    /// <param name="rules">Further rules, as of limits, after the specification's own.</param>
    /// <param name="maxErrors">Checking stops once so many are found.</param>
    /// <returns>Empty where the document is valid.</returns>
    public static IReadOnlyList<GraphQLError> Validate(Schema schema, DocumentNode document, IReadOnlyList<IValidationRule>? rules = null, int maxErrors = 100) =>
        [.. SpecifiedRules.Concat(rules ?? []).SelectMany(rule => rule.Validate(schema, document)).Take(maxErrors)];
}

sealed class SpecifiedRuleSet : IValidationRule
{
    public IEnumerable<GraphQLError> Validate(Schema schema, DocumentNode document)
    {
        var context = new ValidationContext(schema, document);
        FragmentCycles.Check(context);
        OperationRules.Check(context);
        var variables = new VariableRules(context);
        new DocumentWalk(context, [new TypeRules(context), new FragmentRules(context), new ArgumentRules(context), new DirectiveRules(context), new ValueRules(context), variables]).Run();
        variables.Check();
        OverlappingFields.Check(context);
        return context.Errors;
    }
}
