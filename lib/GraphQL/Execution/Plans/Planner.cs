using System.Text;
using System.Text.Json;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>Collects and merges fields (specification, sections 6.3.2 and 6.4.3) before any request is executed.</summary>
sealed class Planner(OperationPlan operation, HashSet<string> trueConditions)
{
    int _argumentSlots;

    public int ArgumentSlots => Volatile.Read(ref _argumentSlots);

    public PlannedSelection Root(ObjectType type, SelectionSetNode selections) => new(Selections(type, [selections]), this);

    SelectionSetPlan Selections(ObjectType type, IEnumerable<SelectionSetNode> sets)
    {
        var fields = new OrderedDictionary<string, List<FieldNode>>(StringComparer.Ordinal);
        var visited = new HashSet<string>(StringComparer.Ordinal);
        foreach (var set in sets) Collect(type, set, fields, visited);
        return new(type, [.. fields.Where(group => operation.Schema.FindField(type, group.Value[0].Name.Value) is not null).Select(group => Field(type, group.Key, group.Value))]);
    }

    void Collect(ObjectType type, SelectionSetNode set, OrderedDictionary<string, List<FieldNode>> fields, HashSet<string> visited)
    {
        foreach (var selection in set.Selections)
        {
            if (!IsIncluded(selection)) continue;
            switch (selection)
            {
                case FieldNode field:
                    if (!fields.TryGetValue(field.ResponseName, out var group)) fields.Add(field.ResponseName, group = []);
                    group.Add(field);
                    break;
                case InlineFragmentNode inline when Applies(type, inline.TypeCondition):
                    Collect(type, inline.SelectionSet, fields, visited);
                    break;
                case FragmentSpreadNode spread when visited.Add(spread.Name.Value)
                    && operation.Fragments.TryGetValue(spread.Name.Value, out var fragment)
                    && Applies(type, fragment.TypeCondition):
                    Collect(type, fragment.SelectionSet, fields, visited);
                    break;
            }
        }
    }

    bool Applies(ObjectType type, NamedTypeNode? condition) =>
        condition is null || (operation.Schema.TryGetType(condition.Name.Value, out var wanted) && operation.Schema.IsSubType(type, wanted));

    bool IsIncluded(SelectionNode selection)
    {
        foreach (var directive in selection.Directives)
        {
            if (directive.Name.Value is not ("skip" or "include") || directive.Arguments.Count == 0) continue;
            var condition = directive.Arguments[0].Value switch
            {
                BooleanValueNode literal => literal.Value,
                VariableNode variable => trueConditions.Contains(variable.Name.Value),
                _ => false,
            };
            if (condition == (directive.Name.Value is "skip")) return false;
        }
        return true;
    }

    FieldPlan Field(ObjectType type, string responseName, List<FieldNode> nodes)
    {
        var field = operation.Schema.FindField(type, nodes[0].Name.Value)!;
        var arguments = Arguments(field, nodes[0]);
        return new()
        {
            ResponseName = responseName,
            Label = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(responseName) + ":"),
            ParentType = type,
            Field = field,
            Nodes = [.. nodes],
            Arguments = arguments,
            ArgumentSlot = arguments.Constant is null ? Interlocked.Increment(ref _argumentSlots) - 1 : -1,
            Constant = ReferenceEquals(field, operation.Schema.TypeNameField) ? Encoding.UTF8.GetBytes($"\"{type.Name}\"") : null,
            Value = Value(field.Type, nodes, field.IsAsync),
        };
    }

    static ArgumentPlan Arguments(OutputField field, FieldNode node)
    {
        if (field.Arguments.Count == 0) return ArgumentPlan.None;
        if (node.Arguments.Any(argument => InputCoercion.HasVariables(argument.Value))) return new(Constant: null);
        return new(InputCoercion.Arguments(field.Arguments, node.Arguments, VariableValues.None));
    }

    ValuePlan Value(IType type, List<FieldNode> nodes, bool mayWait)
    {
        switch (type.Nullable)
        {
            case ListType list:
                var element = Value(list.ElementType, nodes, mayWait: false);
                return new() { Type = type, IsNonNull = type.IsNonNull, Element = element, MayWait = mayWait || element.MayWait };
            case ScalarType scalar:
                return new() { Type = type, IsNonNull = type.IsNonNull, Leaf = scalar.Write };
            case EnumType enumeration:
                return new() { Type = type, IsNonNull = type.IsNonNull, Leaf = enumeration.Write };
            default:
                var sets = nodes.Where(node => node.SelectionSet is not null).Select(node => node.SelectionSet!).ToList();
                var composite = new CompositePlan(type.NamedType, concrete => Selections(concrete, sets), operation.Schema);
                return new()
                {
                    Type = type,
                    IsNonNull = type.IsNonNull,
                    Composite = composite,
                    // what is selected below is seen only when a value is met
                    MayWait = mayWait || operation.Schema.MayWait(type.NamedType),
                };
        }
    }
}
