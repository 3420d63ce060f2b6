using System.Collections.Concurrent;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>One operation of a valid document, made ready once for many requests.</summary>
sealed class OperationPlan
{
    // each set of conditions has a plan of its own; of a document that is asked for with very many, not all are kept
    const int MostConditions = 64;
    const int MostPlans = 8;

    readonly ConcurrentDictionary<ulong, PlannedSelection> _byConditions = new();
    readonly string[] _conditions;

    public OperationPlan(Schema schema, DocumentNode document, OperationDefinitionNode operation)
    {
        Schema = schema;
        Definition = operation;
        RootType = schema.RootType(operation.Operation)
            ?? throw new GraphQLException($"Schema is not configured to execute {operation.Operation.ToString().ToLowerInvariant()} operation.");
        Fragments = document.Fragments.ToDictionary(fragment => fragment.Name.Value, StringComparer.Ordinal);
        _conditions = [.. Conditions.Of(document)];
        Variables = [.. operation.Variables.Select(variable => new VariablePlan(
            variable.Variable.Name.Value,
            schema.TypeOf(variable.Type) ?? throw new GraphQLException($"Unknown type \"{variable.Type}\"."),
            variable.DefaultValue,
            variable.Location))];
    }

    public Schema Schema { get; }
    public OperationDefinitionNode Definition { get; }
    public ObjectType RootType { get; }
    public IReadOnlyDictionary<string, FragmentDefinitionNode> Fragments { get; }
    public IReadOnlyList<VariablePlan> Variables { get; }

    public PlannedSelection Root(VariableValues variables)
    {
        if (_conditions.Length > MostConditions) return Plan(variables);
        var key = 0UL;
        for (var i = 0; i < _conditions.Length; i++)
        {
            if (variables.IsTrue(_conditions[i])) key |= 1UL << i;
        }
        if (_byConditions.TryGetValue(key, out var known)) return known;
        var plan = Plan(variables);
        return _byConditions.Count < MostPlans ? _byConditions.GetOrAdd(key, plan) : plan;
    }

    PlannedSelection Plan(VariableValues variables)
    {
        var planner = new Planner(this, _conditions.Where(variables.IsTrue).ToHashSet(StringComparer.Ordinal));
        return planner.Root(RootType, Definition.SelectionSet);
    }
}

sealed record VariablePlan(string Name, IType Type, ValueNode? DefaultValue, Location Location);

sealed record PlannedSelection(SelectionSetPlan Selections, Planner Planner)
{
    /// <summary>How many fields take arguments from variables; grows as types are met.</summary>
    public int ArgumentSlots => Planner.ArgumentSlots;
}

/// <summary>The variables on which @skip and @include depend.</summary>
static class Conditions
{
    public static IEnumerable<string> Of(DocumentNode document) =>
        document.Definitions.SelectMany(definition => definition switch
        {
            OperationDefinitionNode operation => Of(operation.SelectionSet),
            FragmentDefinitionNode fragment => Of(fragment.SelectionSet),
            _ => [],
        }).Distinct(StringComparer.Ordinal);

    static IEnumerable<string> Of(SelectionSetNode set) => set.Selections.SelectMany(selection =>
        selection.Directives
            .Where(directive => directive.Name.Value is "skip" or "include")
            .SelectMany(directive => directive.Arguments.Select(argument => argument.Value).OfType<VariableNode>())
            .Select(variable => variable.Name.Value)
            .Concat(selection switch
            {
                FieldNode { SelectionSet: { } inner } => Of(inner),
                InlineFragmentNode inline => Of(inline.SelectionSet),
                _ => [],
            }));
}
