using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>Specification, sections 5.5.1.1 to 5.5.2.3, but for cycles.</summary>
sealed class FragmentRules : DocumentVisitor
{
    public FragmentRules(ValidationContext context) : base(context)
    {
        context.RequireUnique(SpecifiedRule.UniqueFragmentNames, context.Document.Fragments, fragment => fragment.Name, "Fragment");
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var operation in context.Document.Operations)
            used.UnionWith(context.Reached(operation.SelectionSet).Select(fragment => fragment.Name.Value));
        foreach (var unused in context.Document.Fragments.Where(fragment => !used.Contains(fragment.Name.Value)))
            context.Report(SpecifiedRule.NoUnusedFragments, $"No operation uses fragment \"{unused.Name.Value}\".", unused);
    }

    public override void EnterFragment(FragmentDefinitionNode fragment, NamedType? type)
    {
        if (type is { IsComposite: false })
            Context.Report(SpecifiedRule.FragmentsOnCompositeTypes, $"Fragment \"{fragment.Name.Value}\" is on \"{type.Name}\", which has no fields; fragments are on objects, interfaces or unions.", fragment.TypeCondition);
    }

    public override void Inline(InlineFragmentNode node, NamedType? parent, NamedType? type)
    {
        if (type is { IsComposite: false })
            Context.Report(SpecifiedRule.FragmentsOnCompositeTypes, $"A fragment is on \"{type.Name}\", which has no fields; fragments are on objects, interfaces or unions.", node);
        else if (!CanMeet(parent, type))
            Context.Report(SpecifiedRule.PossibleFragmentSpreads, $"The fragment on \"{type!.Name}\" can never apply here: no \"{parent!.Name}\" is one.", node);
    }

    public override void Spread(FragmentSpreadNode node, NamedType? parent)
    {
        if (Context.Fragment(node.Name.Value) is not { } fragment)
        {
            Context.Report(SpecifiedRule.KnownFragmentNames, $"There is no fragment \"{node.Name.Value}\".", node.Name);
            return;
        }
        var type = Context.TypeOf(fragment.TypeCondition);
        if (!CanMeet(parent, type))
            Context.Report(SpecifiedRule.PossibleFragmentSpreads, $"Fragment \"{node.Name.Value}\" on \"{type!.Name}\" can never apply here: no \"{parent!.Name}\" is one.", node);
    }

    bool CanMeet(NamedType? parent, NamedType? type) =>
        parent is not { IsComposite: true } || type is not { IsComposite: true } || ReferenceEquals(parent, type)
        || Schema.PossibleTypes(parent).Any(possible => Schema.IsSubType(possible, type));
}

/// <summary>Fragments must not contain themselves (section 5.5.2.2): nothing that follows spreads would come to an end.</summary>
static class FragmentCycles
{
    public static void Check(ValidationContext context)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        var path = new List<string>();
        foreach (var fragment in context.Document.Fragments) Follow(fragment.Name.Value);

        void Follow(string name)
        {
            if (context.Fragment(name) is not { } fragment || !done.Add(name)) return;
            path.Add(name);
            foreach (var spread in context.Spreads(fragment.SelectionSet))
            {
                var start = path.IndexOf(spread.Name.Value);
                if (start < 0) Follow(spread.Name.Value);
                else context.Report(SpecifiedRule.NoFragmentCycles, $"Fragment \"{spread.Name.Value}\" contains itself{Through(path.Skip(start + 1).ToList())}.", spread);
            }
            path.RemoveAt(path.Count - 1);
        }
    }

    static string Through(List<string> names) => names.Count == 0 ? "" : $" through {string.Join(", ", names.Select(name => $"\"{name}\""))}";
}
