using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Validation;

/// <summary>A number for selections made from those of the fields in it. Each fragment is measured once, however often it is spread.</summary>
/// <param name="field">The number of a field, from that of its selections (0 where it has none).</param>
/// <param name="join">The number of two selections side by side.</param>
sealed class SelectionMeasure(DocumentNode document, Func<FieldNode, long, long> field, Func<long, long, long> join)
{
    readonly Dictionary<string, long> _fragments = new(StringComparer.Ordinal);
    readonly ILookup<string, FragmentDefinitionNode> _definitions = document.Fragments.ToLookup(fragment => fragment.Name.Value, StringComparer.Ordinal);

    public long Of(SelectionSetNode? set) => set is null ? 0 : set.Selections.Aggregate(0L, (sum, selection) => join(sum, selection switch
    {
        FieldNode node => field(node, Of(node.SelectionSet)),
        InlineFragmentNode inline => Of(inline.SelectionSet),
        FragmentSpreadNode spread => Of(spread.Name.Value),
        _ => 0,
    }));

    long Of(string fragment)
    {
        if (_fragments.TryGetValue(fragment, out var known)) return known;
        // a fragment within itself is refused by a rule; here it only must come to an end
        _fragments[fragment] = 0;
        return _fragments[fragment] = Of(_definitions[fragment].LastOrDefault()?.SelectionSet);
    }
}
