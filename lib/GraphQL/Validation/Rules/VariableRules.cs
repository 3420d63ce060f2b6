using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Specification, sections 5.8.1 and 5.8.3 to 5.8.5. Uses are noted during the walk and checked per operation after it.</summary>
sealed class VariableRules(ValidationContext context) : DocumentVisitor(context)
{
    readonly Dictionary<DefinitionNode, List<Use>> _uses = [];
    List<Use> _current = [];

    sealed record Use(VariableNode Node, IType? Type, bool HasDefault, InputObjectType? OneOf);

    public override void EnterOperation(OperationDefinitionNode operation)
    {
        Context.RequireUnique(SpecifiedRule.UniqueVariableNames, operation.Variables, variable => variable.Variable.Name, "Variable");
        _uses[operation] = _current = [];
    }

    public override void EnterFragment(FragmentDefinitionNode fragment, NamedType? type) => _uses[fragment] = _current = [];

    public override void Value(ValueNode value, IType? type, InputValue? definition) => Note(value, type, definition?.DefaultValue is not null, null);

    void Note(ValueNode value, IType? type, bool hasDefault, InputObjectType? oneOf)
    {
        switch (value)
        {
            case VariableNode variable:
                _current.Add(new(variable, type, hasDefault, oneOf));
                break;
            case ListValueNode list:
                var element = type?.Nullable is ListType expected ? expected.ElementType : type?.Nullable;
                foreach (var item in list.Values) Note(item, element, hasDefault: false, null);
                break;
            case ObjectValueNode obj:
                var input = type?.NamedType as InputObjectType;
                foreach (var field in obj.Fields)
                {
                    InputValue? definition = null;
                    input?.TryGetField(field.Name.Value, out definition);
                    Note(field.Value, definition?.Type, definition?.DefaultValue is not null, input is { IsOneOf: true } ? input : null);
                }
                break;
        }
    }

    /// <summary>After the walk.</summary>
    public void Check()
    {
        foreach (var operation in Context.Document.Operations)
        {
            if (Context.IsFull || !_uses.ContainsKey(operation)) return;
            var variables = new Dictionary<string, (VariableDefinitionNode Node, IType? Type)>(StringComparer.Ordinal);
            foreach (var variable in operation.Variables) variables[variable.Variable.Name.Value] = (variable, Schema.TypeOf(variable.Type));
            var used = new HashSet<string>(StringComparer.Ordinal);
            foreach (var use in Context.Reached(operation.SelectionSet).Prepend<DefinitionNode>(operation).SelectMany(definition => _uses.GetValueOrDefault(definition) ?? []))
            {
                var name = use.Node.Name.Value;
                used.Add(name);
                if (variables.TryGetValue(name, out var variable)) Position(variable.Node, variable.Type, use);
                else Context.Report(SpecifiedRule.NoUndefinedVariables, $"Variable \"${name}\" is not defined by {Describe(operation)}.", use.Node);
            }
            foreach (var unused in operation.Variables.Where(variable => !used.Contains(variable.Variable.Name.Value)))
                Context.Report(SpecifiedRule.NoUnusedVariables, $"Variable \"${unused.Variable.Name.Value}\" is not used by {Describe(operation)}.", unused);
        }
    }

    static string Describe(OperationDefinitionNode operation) => operation.Name is { } name ? $"operation \"{name.Value}\"" : "the operation";

    void Position(VariableDefinitionNode variable, IType? type, Use use)
    {
        if (type is null || use.Type is null) return;
        var expected = use.Type;
        // a default of either side stands in for what is not given
        if (expected.IsNonNull && !type.IsNonNull && (use.HasDefault || variable.DefaultValue is not (null or NullValueNode))) expected = expected.Nullable;
        if (!Fits(type, expected))
            Context.Report(SpecifiedRule.VariablesInAllowedPosition, $"Variable \"${variable.Variable.Name.Value}\" of type \"{type}\" cannot stand where \"{use.Type}\" is expected.", variable, use.Node);
        else if (use.OneOf is { } oneOf && !type.IsNonNull)
            Context.Report(SpecifiedRule.VariablesInAllowedPosition, $"Variable \"${variable.Variable.Name.Value}\" of type \"{type}\" must be non-null to stand in \"{oneOf.Name}\", which takes exactly one of its fields.", variable, use.Node);
    }

    static bool Fits(IType type, IType expected) => (type, expected) switch
    {
        (NonNullType given, NonNullType wanted) => Fits(given.NullableType, wanted.NullableType),
        (NonNullType given, _) => Fits(given.NullableType, expected),
        (_, NonNullType) => false,
        (ListType given, ListType wanted) => Fits(given.ElementType, wanted.ElementType),
        _ => ReferenceEquals(type, expected),
    };
}
