using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Validation;

/// <summary>
/// Fields that share a response name can be answered as one (specification, section 5.3.2). Instead of pairs, whole groups are
/// compared with their first, which two relations allow that carry over: equal shapes among all fields of a name, and equal names
/// and arguments among those that one object can meet. Each set of fields is checked once, however many ways lead to it.
/// </summary>
sealed class OverlappingFields
{
    // sets of fields can grow exponentially with a document: one that needs more steps than any real one is refused
    const int MostSteps = 200_000;

    readonly ValidationContext _context;
    readonly Dictionary<FieldNode, Entry> _entries = [];
    readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    readonly HashSet<(int, int)> _reported = [];
    readonly Queue<(List<Entry> Fields, bool ShapesAlone)> _open = new();
    int _steps;

    OverlappingFields(ValidationContext context) => _context = context;

    sealed class Entry(int id, FieldNode node, NamedType? parent, OutputField? field)
    {
        string? _arguments;

        public int Id { get; } = id;
        public FieldNode Node { get; } = node;
        public NamedType? Parent { get; } = parent;
        public IType? Type { get; } = field?.Type;
        public string Arguments => _arguments ??= CanonicalText.Of(Node.Arguments);
    }

    public static void Check(ValidationContext context)
    {
        var check = new OverlappingFields(context);
        foreach (var definition in context.Document.Definitions)
        {
            if (definition is OperationDefinitionNode operation) check.Start(operation.SelectionSet, context.Schema.RootType(operation.Operation));
            else if (definition is FragmentDefinitionNode fragment) check.Start(fragment.SelectionSet, context.TypeOf(fragment.TypeCondition));
        }
        while (!context.IsFull && check._steps <= MostSteps && check._open.TryDequeue(out var next)) check.Step(next.Fields, next.ShapesAlone);
        if (check._steps > MostSteps)
            context.Report(SpecifiedRule.OverlappingFieldsCanBeMerged, "The document selects the same fields in too many ways to check them; split it, or spread fewer fragments within each other.");
    }

    void Start(SelectionSetNode set, NamedType? parent)
    {
        var fields = Collect([(set, parent)]);
        Enqueue(fields, shapesAlone: true);
        Enqueue(fields, shapesAlone: false);
    }

    void Enqueue(List<Entry> fields, bool shapesAlone)
    {
        if (fields.Count > 0 && _seen.Add($"{shapesAlone}:{string.Join(',', fields.Select(field => field.Id))}")) _open.Enqueue((fields, shapesAlone));
    }

    void Step(List<Entry> fields, bool shapesAlone)
    {
        foreach (var group in fields.GroupBy(field => field.Node.ResponseName, StringComparer.Ordinal))
        {
            if (shapesAlone) Shapes([.. group]);
            else foreach (var together in Together([.. group])) Answers(together);
        }
    }

    void Shapes(List<Entry> group)
    {
        var first = group.Find(entry => entry.Type is not null);
        foreach (var other in group.Where(entry => entry.Type is not null && !SameShape(entry.Type, first!.Type!)))
            Report(first!, other, $"they are of the types \"{first!.Type}\" and \"{other.Type}\"");
        Below(group, shapesAlone: true);
    }

    void Answers(List<Entry> group)
    {
        var first = group[0];
        _steps += group.Count;
        foreach (var other in group.Skip(1))
        {
            if (!string.Equals(first.Node.Name.Value, other.Node.Name.Value, StringComparison.Ordinal))
                Report(first, other, $"they ask for \"{first.Node.Name.Value}\" and \"{other.Node.Name.Value}\"");
            else if (!string.Equals(first.Arguments, other.Arguments, StringComparison.Ordinal))
                Report(first, other, "their arguments differ");
        }
        Below(group, shapesAlone: false);
    }

    // an object has one type: fields on two object types are never answered together, those on interfaces and unions with all
    static IEnumerable<List<Entry>> Together(List<Entry> group)
    {
        var onObjects = group.Where(entry => entry.Parent is ObjectType).GroupBy(entry => entry.Parent).ToList();
        if (onObjects.Count <= 1) return [group];
        var others = group.Where(entry => entry.Parent is not ObjectType).ToList();
        return onObjects.Select(objects => objects.Concat(others).OrderBy(entry => entry.Id).ToList());
    }

    void Below(List<Entry> group, bool shapesAlone)
    {
        var sets = group.Where(entry => entry.Node.SelectionSet is not null).Select(entry => (entry.Node.SelectionSet!, entry.Type?.NamedType)).ToList();
        if (sets.Count > 0) Enqueue(Collect(sets), shapesAlone);
    }

    /// <returns>In the order of their ids, each once.</returns>
    List<Entry> Collect(List<(SelectionSetNode, NamedType?)> sets)
    {
        var found = new SortedDictionary<int, Entry>();
        var visited = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<(SelectionSetNode Set, NamedType? Parent)>(sets);
        while (_steps <= MostSteps && open.TryPop(out var next))
        {
            foreach (var selection in next.Set.Selections)
            {
                _steps++;
                switch (selection)
                {
                    case FieldNode field:
                        var entry = EntryOf(field, next.Parent);
                        found[entry.Id] = entry;
                        break;
                    case InlineFragmentNode inline:
                        open.Push((inline.SelectionSet, inline.TypeCondition is { } condition ? _context.TypeOf(condition) : next.Parent));
                        break;
                    case FragmentSpreadNode spread when visited.Add(spread.Name.Value) && _context.Fragment(spread.Name.Value) is { } fragment:
                        open.Push((fragment.SelectionSet, _context.TypeOf(fragment.TypeCondition)));
                        break;
                }
            }
        }
        return [.. found.Values];
    }

    Entry EntryOf(FieldNode node, NamedType? parent)
    {
        if (!_entries.TryGetValue(node, out var entry))
            _entries.Add(node, entry = new(_entries.Count, node, parent, parent is null ? null : _context.Schema.FindField(parent, node.Name.Value)));
        return entry;
    }

    static bool SameShape(IType one, IType other) => (one, other) switch
    {
        (NonNullType a, NonNullType b) => SameShape(a.NullableType, b.NullableType),
        (ListType a, ListType b) => SameShape(a.ElementType, b.ElementType),
        (NamedType a, NamedType b) => ReferenceEquals(a, b) || (!a.IsLeaf && !b.IsLeaf),
        _ => false,
    };

    void Report(Entry first, Entry other, string reason)
    {
        if (!_reported.Add((first.Id, other.Id))) return;
        _context.Report(
            SpecifiedRule.OverlappingFieldsCanBeMerged,
            $"Fields that are answered as \"{first.Node.ResponseName}\" cannot be merged: {reason}. Give one of them an alias.",
            first.Node, other.Node);
    }
}

/// <summary>Arguments in words that are equal where the arguments are, in whatever order they are written.</summary>
static class CanonicalText
{
    public static string Of(IReadOnlyList<ArgumentNode> arguments) =>
        string.Join(',', arguments.OrderBy(argument => argument.Name.Value, StringComparer.Ordinal).Select(argument => $"{argument.Name.Value}:{Of(argument.Value)}"));

    static string Of(ValueNode value) => value switch
    {
        ListValueNode list => $"[{string.Join(',', list.Values.Select(Of))}]",
        ObjectValueNode obj => $"{{{string.Join(',', obj.Fields.OrderBy(field => field.Name.Value, StringComparer.Ordinal).Select(field => $"{field.Name.Value}:{Of(field.Value)}"))}}}",
        _ => value.ToString(),
    };
}
