using System.Text;

namespace OptiInfra.GraphQL.Language;

/// <summary>Writes nodes back as text: two spaces of indentation, one field per line; the same node always gives the same text.</summary>
public sealed partial class Printer
{
    readonly StringBuilder _text = new();
    int _indent;

    Printer() { }

    public static string Print(SyntaxNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var printer = new Printer();
        printer.Node(node);
        return printer._text.ToString();
    }

    void Node(SyntaxNode node)
    {
        switch (node)
        {
            case DocumentNode document: Between(document.Definitions, "\n\n", Node); break;
            case OperationDefinitionNode operation: Operation(operation); break;
            case FragmentDefinitionNode fragment: Fragment(fragment); break;
            case VariableDefinitionNode variable: VariableDefinition(variable); break;
            case SelectionSetNode selections: SelectionSet(selections); break;
            case FieldNode field: Field(field); break;
            case FragmentSpreadNode spread:
                _text.Append("...").Append(spread.Name.Value);
                Directives(spread.Directives);
                break;
            case InlineFragmentNode inline: InlineFragment(inline); break;
            case TypeSystemDefinitionNode definition: TypeSystemDefinition(definition); break;
            case ValueNode value: Value(value); break;
            case TypeNode type: Type(type); break;
            case DirectiveNode directive: Directive(directive); break;
            case ArgumentNode argument: Named(argument.Name, argument.Value); break;
            case ObjectFieldNode field: Named(field.Name, field.Value); break;
            case NameNode name: _text.Append(name.Value); break;
            case FieldDefinitionNode field: FieldDefinition(field); break;
            case InputValueDefinitionNode input: InputValue(input); break;
            case EnumValueDefinitionNode value: EnumValue(value); break;
            case OperationTypeDefinitionNode operation: OperationType(operation); break;
            default: throw new NotSupportedException($"Printer does not know {node.GetType().Name}.");
        }
    }

    void Operation(OperationDefinitionNode operation)
    {
        var isShort = operation is { Operation: Language.OperationType.Query, Name: null, Description: null, Variables.Count: 0, Directives.Count: 0 };
        if (!isShort)
        {
            Description(operation.Description);
            _text.Append(Keyword(operation.Operation));
            if (operation.Name is { } name) _text.Append(' ').Append(name.Value);
            if (operation.Variables.Count > 0)
            {
                if (operation.Name is null) _text.Append(' ');
                Bracketed('(', operation.Variables, ", ", VariableDefinition, ')');
            }
            Directives(operation.Directives);
            _text.Append(' ');
        }
        SelectionSet(operation.SelectionSet);
    }

    void VariableDefinition(VariableDefinitionNode variable)
    {
        if (variable.Description is { } description)
        {
            Value(description);
            _text.Append(' ');
        }
        Value(variable.Variable);
        _text.Append(": ");
        Type(variable.Type);
        Default(variable.DefaultValue);
        Directives(variable.Directives);
    }

    void Fragment(FragmentDefinitionNode fragment)
    {
        Description(fragment.Description);
        _text.Append("fragment ").Append(fragment.Name.Value).Append(" on ").Append(fragment.TypeCondition.Name.Value);
        Directives(fragment.Directives);
        _text.Append(' ');
        SelectionSet(fragment.SelectionSet);
    }

    void InlineFragment(InlineFragmentNode inline)
    {
        _text.Append("...");
        if (inline.TypeCondition is { } condition) _text.Append(" on ").Append(condition.Name.Value);
        Directives(inline.Directives);
        _text.Append(' ');
        SelectionSet(inline.SelectionSet);
    }

    void SelectionSet(SelectionSetNode selections) => Block(selections.Selections, Node);

    void Field(FieldNode field)
    {
        if (field.Alias is { } alias) _text.Append(alias.Value).Append(": ");
        _text.Append(field.Name.Value);
        if (field.Arguments.Count > 0) Bracketed('(', field.Arguments, ", ", Node, ')');
        Directives(field.Directives);
        if (field.SelectionSet is not { } selections) return;
        _text.Append(' ');
        SelectionSet(selections);
    }

    void Directives(IReadOnlyList<DirectiveNode> directives)
    {
        foreach (var directive in directives)
        {
            _text.Append(' ');
            Directive(directive);
        }
    }

    void Directive(DirectiveNode directive)
    {
        _text.Append('@').Append(directive.Name.Value);
        if (directive.Arguments.Count > 0) Bracketed('(', directive.Arguments, ", ", Node, ')');
    }

    void Named(NameNode name, ValueNode value)
    {
        _text.Append(name.Value).Append(": ");
        Value(value);
    }

    void Block<T>(IReadOnlyList<T> items, Action<T> print)
    {
        _text.Append('{');
        _indent++;
        foreach (var item in items)
        {
            NewLine();
            print(item);
        }
        _indent--;
        NewLine();
        _text.Append('}');
    }

    void Bracketed<T>(char open, IReadOnlyList<T> items, string separator, Action<T> print, char close)
    {
        _text.Append(open);
        Between(items, separator, print);
        _text.Append(close);
    }

    void Between<T>(IReadOnlyList<T> items, string separator, Action<T> print)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) _text.Append(separator);
            print(items[i]);
        }
    }

    void NewLine() => _text.Append('\n').Append(' ', _indent * 2);

    static string Keyword(OperationType operation) => operation switch
    {
        Language.OperationType.Mutation => "mutation",
        Language.OperationType.Subscription => "subscription",
        _ => "query",
    };
}
