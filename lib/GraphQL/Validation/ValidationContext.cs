using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>What the specification's rules know together of one document, and what they found.</summary>
sealed class ValidationContext
{
    // an error is made per fault and operation: a hostile document could ask for very many
    const int MostErrors = 1_000;

    readonly List<GraphQLError> _errors = [];
    readonly Dictionary<string, FragmentDefinitionNode> _fragments = new(StringComparer.Ordinal);

    public ValidationContext(Schema schema, DocumentNode document)
    {
        Schema = schema;
        Document = document;
        foreach (var fragment in document.Fragments) _fragments[fragment.Name.Value] = fragment;
    }

    public Schema Schema { get; }
    public DocumentNode Document { get; }
    public IReadOnlyList<GraphQLError> Errors => _errors;
    public bool IsFull => _errors.Count >= MostErrors;

    /// <summary>The last one of a name; null where there is none.</summary>
    public FragmentDefinitionNode? Fragment(string name) => _fragments.GetValueOrDefault(name);

    public NamedType? TypeOf(NamedTypeNode node) => Schema.TryGetType(node.Name.Value, out var type) ? type : null;

    public void Report(SpecifiedRule rule, string message, params IEnumerable<SyntaxNode> nodes)
    {
        if (IsFull) return;
        _errors.Add(GraphQLError.At(message, nodes) with
        {
            Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { [GraphQLError.RuleEntry] = rule.ToString() },
        });
    }

    /// <summary>Reports each element whose name another one had before.</summary>
    public void RequireUnique<T>(SpecifiedRule rule, IEnumerable<T> elements, Func<T, NameNode?> name, string what) where T : SyntaxNode
    {
        var seen = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var element in elements)
        {
            if (name(element) is not { } own || seen.TryAdd(own.Value, element)) continue;
            Report(rule, $"{what} \"{own.Value}\" is there more than once.", seen[own.Value], element);
        }
    }

    /// <summary>The fragments that are reached by spreads from a set of selections, each once.</summary>
    public IEnumerable<FragmentDefinitionNode> Reached(SelectionSetNode set)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<SelectionSetNode>([set]);
        while (open.TryPop(out var next))
        {
            foreach (var name in Spreads(next).Select(spread => spread.Name.Value).Where(seen.Add))
            {
                if (Fragment(name) is not { } fragment) continue;
                open.Push(fragment.SelectionSet);
                yield return fragment;
            }
        }
    }

    readonly Dictionary<SelectionSetNode, List<FragmentSpreadNode>> _spreads = [];

    /// <summary>The spreads at any depth within a set of selections, without those of the fragments themselves.</summary>
    public IReadOnlyList<FragmentSpreadNode> Spreads(SelectionSetNode set)
    {
        if (_spreads.TryGetValue(set, out var known)) return known;
        var found = new List<FragmentSpreadNode>();
        var open = new Stack<SelectionSetNode>([set]);
        while (open.TryPop(out var next))
        {
            foreach (var selection in next.Selections)
            {
                switch (selection)
                {
                    case FragmentSpreadNode spread: found.Add(spread); break;
                    case FieldNode { SelectionSet: { } inner }: open.Push(inner); break;
                    case InlineFragmentNode inline: open.Push(inline.SelectionSet); break;
                }
            }
        }
        return _spreads[set] = found;
    }
}
