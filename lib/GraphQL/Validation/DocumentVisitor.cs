using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Rules that share one walk over a document. Types are null where the document names what does not exist.</summary>
abstract class DocumentVisitor(ValidationContext context)
{
    protected ValidationContext Context { get; } = context;
    protected Schema Schema => Context.Schema;

    public virtual void EnterOperation(OperationDefinitionNode operation) { }

    public virtual void EnterFragment(FragmentDefinitionNode fragment, NamedType? type) { }

    public virtual void Variable(VariableDefinitionNode variable, IType? type) { }

    /// <param name="parent">A composite type.</param>
    public virtual void Field(FieldNode node, NamedType? parent, OutputField? field) { }

    public virtual void Inline(InlineFragmentNode node, NamedType? parent, NamedType? type) { }

    public virtual void Spread(FragmentSpreadNode node, NamedType? parent) { }

    public virtual void Directives(IReadOnlyList<DirectiveNode> directives, DirectiveLocation location) { }

    /// <param name="owner">The field or directive.</param>
    /// <param name="defined">Null where the field or directive is unknown.</param>
    public virtual void Arguments(SyntaxNode owner, IReadOnlyList<ArgumentNode> given, IReadOnlyList<InputValue>? defined) { }

    /// <summary>A whole value: of an argument, or a variable's default.</summary>
    /// <param name="definition">The argument; null for a variable's default or where it is unknown.</param>
    public virtual void Value(ValueNode value, IType? type, InputValue? definition) { }
}
