using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Goes once through a document, knowing the type at each place.</summary>
sealed class DocumentWalk(ValidationContext context, IReadOnlyList<DocumentVisitor> visitors)
{
    public void Run()
    {
        foreach (var definition in context.Document.Definitions)
        {
            if (context.IsFull) return;
            if (definition is OperationDefinitionNode operation) Operation(operation);
            else if (definition is FragmentDefinitionNode fragment) Fragment(fragment);
        }
    }

    void Operation(OperationDefinitionNode operation)
    {
        foreach (var visitor in visitors) visitor.EnterOperation(operation);
        foreach (var variable in operation.Variables)
        {
            var type = context.Schema.TypeOf(variable.Type);
            foreach (var visitor in visitors) visitor.Variable(variable, type);
            if (variable.DefaultValue is { } value) Value(value, type?.IsInput == true ? type : null, null);
            Directives(variable.Directives, DirectiveLocation.VariableDefinition);
        }
        Directives(operation.Directives, operation.Operation switch
        {
            OperationType.Mutation => DirectiveLocation.Mutation,
            OperationType.Subscription => DirectiveLocation.Subscription,
            _ => DirectiveLocation.Query,
        });
        Selections(operation.SelectionSet, context.Schema.RootType(operation.Operation));
    }

    void Fragment(FragmentDefinitionNode fragment)
    {
        var type = context.TypeOf(fragment.TypeCondition);
        foreach (var visitor in visitors) visitor.EnterFragment(fragment, type);
        Directives(fragment.Directives, DirectiveLocation.FragmentDefinition);
        Selections(fragment.SelectionSet, type);
    }

    void Selections(SelectionSetNode set, NamedType? type)
    {
        var parent = type?.IsComposite == true ? type : null;
        foreach (var selection in set.Selections)
        {
            switch (selection)
            {
                case FieldNode field:
                    Field(field, parent);
                    break;
                case InlineFragmentNode inline:
                    var inner = inline.TypeCondition is { } condition ? context.TypeOf(condition) : parent;
                    foreach (var visitor in visitors) visitor.Inline(inline, parent, inner);
                    Directives(inline.Directives, DirectiveLocation.InlineFragment);
                    Selections(inline.SelectionSet, inner);
                    break;
                case FragmentSpreadNode spread:
                    foreach (var visitor in visitors) visitor.Spread(spread, parent);
                    Directives(spread.Directives, DirectiveLocation.FragmentSpread);
                    break;
            }
        }
    }

    void Field(FieldNode node, NamedType? parent)
    {
        var field = parent is null ? null : context.Schema.FindField(parent, node.Name.Value);
        foreach (var visitor in visitors) visitor.Field(node, parent, field);
        Arguments(node, node.Arguments, field?.Arguments);
        Directives(node.Directives, DirectiveLocation.Field);
        if (node.SelectionSet is { } set) Selections(set, field?.Type.NamedType);
    }

    void Directives(IReadOnlyList<DirectiveNode> directives, DirectiveLocation location)
    {
        if (directives.Count == 0) return;
        foreach (var visitor in visitors) visitor.Directives(directives, location);
        foreach (var directive in directives)
            Arguments(directive, directive.Arguments, context.Schema.TryGetDirective(directive.Name.Value, out var known) ? known.Arguments : null);
    }

    void Arguments(SyntaxNode owner, IReadOnlyList<ArgumentNode> given, IReadOnlyList<InputValue>? defined)
    {
        if (given.Count == 0 && defined is null or { Count: 0 }) return;
        foreach (var visitor in visitors) visitor.Arguments(owner, given, defined);
        foreach (var argument in given)
        {
            var definition = defined?.FirstOrDefault(candidate => string.Equals(candidate.Name, argument.Name.Value, StringComparison.Ordinal));
            Value(argument.Value, definition?.Type, definition);
        }
    }

    void Value(ValueNode value, IType? type, InputValue? definition)
    {
        foreach (var visitor in visitors) visitor.Value(value, type, definition);
    }
}
