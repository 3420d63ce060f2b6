using OptiInfra.GraphQL;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;
using OptiInfra.GraphQL.Validation;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Refuses fragments that spread themselves, directly or through others: whoever follows them would never come to an end.</summary>
sealed class FragmentCycles : IValidationRule
{
    public IEnumerable<GraphQLError> Validate(Schema schema, DocumentNode document)
    {
        var spreads = document.Definitions.OfType<FragmentDefinitionNode>()
            .GroupBy(fragment => fragment.Name.Value, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => same.SelectMany(fragment => Spreads(fragment.SelectionSet)).ToList(), StringComparer.Ordinal);
        HashSet<string> ended = new(StringComparer.Ordinal);
        foreach (var name in spreads.Keys)
            if (Returning(name) is { } spread)
                yield return GraphQLError.At($"Cannot spread fragment \"{spread.Name.Value}\" within itself.", spread);

        FragmentSpreadNode? Returning(string from)
        {
            // without recursion: a document may hold a chain of thousands of fragments
            HashSet<string> open = new(StringComparer.Ordinal);
            Stack<(string Name, int Next)> path = new();
            Enter(from);
            while (path.TryPop(out var at))
            {
                var next = spreads[at.Name];
                if (at.Next == next.Count)
                {
                    open.Remove(at.Name);
                    ended.Add(at.Name);
                    continue;
                }

                path.Push((at.Name, at.Next + 1));
                var spread = next[at.Next];
                if (open.Contains(spread.Name.Value))
                    return spread;
                Enter(spread.Name.Value);
            }

            return null;

            void Enter(string name)
            {
                if (!spreads.ContainsKey(name) || ended.Contains(name))
                    return;
                open.Add(name);
                path.Push((name, 0));
            }
        }
    }

    static IEnumerable<FragmentSpreadNode> Spreads(SelectionSetNode set) => set.Selections.SelectMany(selection => selection switch
    {
        FragmentSpreadNode spread => [spread],
        FieldNode { SelectionSet: { } inner } => Spreads(inner),
        InlineFragmentNode inline => Spreads(inline.SelectionSet),
        _ => Enumerable.Empty<FragmentSpreadNode>(),
    });
}
