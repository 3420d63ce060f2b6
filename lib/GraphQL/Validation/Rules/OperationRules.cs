using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Specification, sections 5.1 and 5.2.</summary>
static class OperationRules
{
    public static void Check(ValidationContext context)
    {
        foreach (var definition in context.Document.Definitions.OfType<TypeSystemDefinitionNode>())
            context.Report(SpecifiedRule.ExecutableDefinitions, $"A definition of {Describe(definition)} cannot be executed; send operations and fragments alone.", definition);
        var operations = context.Document.Operations.ToList();
        context.RequireUnique(SpecifiedRule.UniqueOperationNames, operations, operation => operation.Name, "Operation");
        if (operations.Count > 1)
        {
            foreach (var nameless in operations.Where(operation => operation.Name is null))
                context.Report(SpecifiedRule.LoneAnonymousOperation, "An operation without a name must be the document's only one.", nameless);
        }
        foreach (var operation in operations.Where(operation => operation.Operation == OperationType.Subscription)) Subscription(context, operation);
    }

    static string Describe(TypeSystemDefinitionNode definition) => definition switch
    {
        TypeDefinitionNode type => $"type \"{type.Name.Value}\"",
        DirectiveDefinitionNode directive => $"directive \"@{directive.Name.Value}\"",
        _ => "the schema",
    };

    static void Subscription(ValidationContext context, OperationDefinitionNode operation)
    {
        if (context.Schema.SubscriptionType is not { } root) return;
        var what = operation.Name is { } name ? $"Subscription \"{name.Value}\"" : "The subscription";
        var fields = new OrderedDictionary<string, List<FieldNode>>(StringComparer.Ordinal);
        var conditional = new List<SelectionNode>();
        Collect(context, root, operation.SelectionSet, fields, conditional, []);
        if (fields.Count > 1)
            context.Report(SpecifiedRule.SingleFieldSubscriptions, $"{what} must ask for one field at its root; it asks for {fields.Count}.", fields.Skip(1).SelectMany(pair => pair.Value));
        foreach (var field in fields.Select(pair => pair.Value[0]).Where(field => field.Name.Value.StartsWith("__", StringComparison.Ordinal)))
            context.Report(SpecifiedRule.SingleFieldSubscriptions, $"{what} must not ask for \"{field.Name.Value}\" at its root.", field);
        if (conditional.Count > 0)
            context.Report(SpecifiedRule.SingleFieldSubscriptions, $"{what} must not have @skip or @include at its root.", conditional);
    }

    static void Collect(
        ValidationContext context, ObjectType root, SelectionSetNode set, OrderedDictionary<string, List<FieldNode>> fields, List<SelectionNode> conditional, HashSet<string> visited)
    {
        foreach (var selection in set.Selections)
        {
            if (selection.Directives.Any(directive => directive.Name.Value is "skip" or "include")) conditional.Add(selection);
            switch (selection)
            {
                case FieldNode field:
                    if (!fields.TryGetValue(field.ResponseName, out var group)) fields.Add(field.ResponseName, group = []);
                    group.Add(field);
                    break;
                case InlineFragmentNode inline when Applies(context, root, inline.TypeCondition):
                    Collect(context, root, inline.SelectionSet, fields, conditional, visited);
                    break;
                case FragmentSpreadNode spread when visited.Add(spread.Name.Value)
                    && context.Fragment(spread.Name.Value) is { } fragment
                    && Applies(context, root, fragment.TypeCondition):
                    Collect(context, root, fragment.SelectionSet, fields, conditional, visited);
                    break;
            }
        }
    }

    static bool Applies(ValidationContext context, ObjectType root, NamedTypeNode? condition) =>
        condition is null || (context.TypeOf(condition) is { } type && context.Schema.IsSubType(root, type));
}
