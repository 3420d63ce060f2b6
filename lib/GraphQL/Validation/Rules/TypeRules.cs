using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Fields and types that exist (specification, sections 5.3.1, 5.3.3, 5.5.1.2 and 5.8.2).</summary>
sealed class TypeRules(ValidationContext context) : DocumentVisitor(context)
{
    public override void Field(FieldNode node, NamedType? parent, OutputField? field)
    {
        if (parent is null) return;
        if (field is null)
            Context.Report(SpecifiedRule.FieldsOnCorrectType, $"Type \"{parent.Name}\" has no field \"{node.Name.Value}\".", node);
        else if (field.Type.NamedType.IsLeaf && node.SelectionSet is { } set)
            Context.Report(SpecifiedRule.ScalarLeafs, $"Field \"{node.Name.Value}\" of type \"{field.Type}\" has no fields to select.", set);
        else if (!field.Type.NamedType.IsLeaf && node.SelectionSet is null)
            Context.Report(SpecifiedRule.ScalarLeafs, $"Field \"{node.Name.Value}\" of type \"{field.Type}\" needs a selection of its fields: \"{node.Name.Value} {{ … }}\".", node);
    }

    public override void Variable(VariableDefinitionNode variable, IType? type)
    {
        RequireKnown(Named(variable.Type));
        if (type is { IsInput: false })
            Context.Report(SpecifiedRule.VariablesAreInputTypes, $"Variable \"${variable.Variable.Name.Value}\" cannot be of type \"{type}\": it is no input type.", variable.Type);
    }

    public override void EnterFragment(FragmentDefinitionNode fragment, NamedType? type) => RequireKnown(fragment.TypeCondition);

    public override void Inline(InlineFragmentNode node, NamedType? parent, NamedType? type)
    {
        if (node.TypeCondition is { } condition) RequireKnown(condition);
    }

    void RequireKnown(NamedTypeNode node)
    {
        if (Context.TypeOf(node) is null) Context.Report(SpecifiedRule.KnownTypeNames, $"There is no type \"{node.Name.Value}\".", node);
    }

    static NamedTypeNode Named(TypeNode node) => node switch
    {
        NonNullTypeNode nonNull => Named(nonNull.Type),
        ListTypeNode list => Named(list.Type),
        _ => (NamedTypeNode)node,
    };
}
