using System.Globalization;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Tests.Validation;

/// <summary>Makes documents over a schema at random, most of them nearly valid; the same seed makes the same ones.</summary>
sealed class DocumentGenerator(Schema schema, int seed)
{
    readonly Random _random = new(seed);
    readonly LiteralGenerator _literals = new(new(seed));
    List<Fragment> _fragments = [];
    Dictionary<string, IType> _used = [];
    HashSet<string> _spreads = [];
    double _faults;
    int _aliases;

    sealed record Fragment(string Name, NamedType Type)
    {
        public string Body { get; set; } = "";
        public Dictionary<string, IType> Used { get; set; } = [];
        public HashSet<string> Spreads { get; set; } = [];
    }

    /// <returns>The document, and the variables of its operation <c>Q0</c> as JSON.</returns>
    public (string Text, string Variables) Next()
    {
        _faults = _random.Next(3) == 0 ? 0 : 0.01 + (_random.NextDouble() * 0.03);
        _literals.Faults = _faults;
        _aliases = 0;
        var composite = schema.Types.Values.Where(type => type.IsComposite && !type.Name.StartsWith("__", StringComparison.Ordinal) && type.Name is not "Mutation" and not "Subscription").ToList();
        _fragments = [.. Enumerable.Range(0, _random.Next(4)).Select(i => new Fragment($"F{i}", Pick(composite)))];
        for (var i = _fragments.Count - 1; i >= 0; i--)
        {
            (_used, _spreads) = ([], []);
            _fragments[i].Body = Selections(_fragments[i].Type, 2, i);
            (_fragments[i].Used, _fragments[i].Spreads) = (_used, _spreads);
        }
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var operations = Enumerable.Range(0, _random.Next(5) == 0 ? 2 : 1).Select(i => Operation(i, reached)).ToList();
        // most fragments that nothing uses are left out
        var kept = _fragments.Where(fragment => reached.Contains(fragment.Name) || _random.NextDouble() < _faults);
        var text = string.Join('\n', operations.Select(operation => operation.Text).Concat(kept.Select(fragment => $"fragment {fragment.Name} on {fragment.Type} {fragment.Body}")));
        return (text, operations[0].Variables);
    }

    (string Text, string Variables) Operation(int index, HashSet<string> reached)
    {
        (_used, _spreads) = ([], []);
        var kind = _random.Next(8) == 0 ? "mutation" : "query";
        var body = Selections(kind is "mutation" ? schema.MutationType! : schema.QueryType, 4, -1);
        var variables = _used;
        var open = new Stack<string>(_spreads);
        var own = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var name))
        {
            if (!own.Add(name) || _fragments.Find(fragment => string.Equals(fragment.Name, name, StringComparison.Ordinal)) is not { } fragment) continue;
            foreach (var (variable, type) in fragment.Used) variables[variable] = type;
            foreach (var spread in fragment.Spreads) open.Push(spread);
        }
        reached.UnionWith(own);
        if (Fault()) variables["extra"] = schema.Types["Int"];
        if (Fault() && variables.Count > 0) variables.Remove(variables.First().Key);
        var declared = variables.Count == 0 ? "" : $"({string.Join(", ", variables.Select(Declared))})";
        var values = variables.Where(variable => variable.Value.IsNonNull || _random.Next(2) == 0).Select(variable => $"\"{variable.Key}\":{_literals.Json(variable.Value)}");
        return ($"{kind} Q{index}{declared}{Directives()} {body}", $"{{{string.Join(',', values)}}}");
    }

    string Declared(KeyValuePair<string, IType> variable)
    {
        var type = Fault() ? variable.Value.Nullable : variable.Value;
        var defaults = !type.IsNonNull && _random.Next(4) == 0 ? $" = {_literals.Of(type)}" : "";
        return $"${variable.Key}: {type}{defaults}";
    }

    string Selections(NamedType type, int depth, int fragment)
    {
        var selections = Enumerable.Range(0, 1 + _random.Next(4)).Select(_ => Selection(type, depth, fragment)).ToList();
        return $"{{ {string.Join(' ', selections)} }}";
    }

    string Selection(NamedType type, int depth, int fragment)
    {
        if (_random.Next(5) == 0 && Spreadable(type, fragment) is { } spread)
        {
            _spreads.Add(spread);
            return $"...{spread}{Directives()}";
        }
        if (depth > 0 && _random.Next(5) == 0)
        {
            var condition = Fault() ? Pick(schema.Types.Values.ToList()) : Pick(schema.Types.Values.Where(other => Meet(type, other)).ToList());
            return $"... on {condition}{Directives()} {Selections(condition.IsComposite ? condition : type, depth - 1, fragment)}";
        }
        var fields = type is ComplexType complex ? complex.Fields.Where(field => depth > 0 || field.Type.IsLeaf).ToList() : [];
        if (fields.Count == 0 || _random.Next(12) == 0) return "__typename";
        return Field(Pick(fields), depth, fragment);
    }

    string Field(OutputField field, int depth, int fragment)
    {
        var arguments = field.Arguments.Where(argument => (argument.IsRequired && !Fault()) || _random.Next(3) == 0).Select(argument => $"{argument.Name}: {Value(argument)}").ToList();
        if (Fault()) arguments.Add("none: 1");
        // equal names with other arguments cannot be merged, so that most get an alias
        var alias = Fault() ? "x: " : arguments.Count > 0 || _random.Next(4) == 0 ? string.Create(CultureInfo.InvariantCulture, $"a{_aliases++}: ") : "";
        var name = Fault() ? field.Name + "s" : field.Name;
        var composite = field.Type.NamedType.IsComposite;
        var below = composite != Fault() ? " " + Selections(composite ? field.Type.NamedType : schema.QueryType, depth - 1, fragment) : "";
        return $"{alias}{name}{(arguments.Count == 0 ? "" : $"({string.Join(", ", arguments)})")}{Directives()}{below}";
    }

    string Value(InputValue argument)
    {
        if (_random.Next(3) > 0) return _literals.Of(argument.Type);
        var type = Fault() ? Pick(schema.Types.Values.Where(other => other.IsInput).ToList()) : argument.Type;
        var name = string.Create(CultureInfo.InvariantCulture, $"v{type.ToString()!.Count(c => c is '!' or '[')}{type.NamedType.Name}");
        _used[name] = type;
        return $"${name}";
    }

    string? Spreadable(NamedType type, int fragment)
    {
        if (Fault()) return _fragments.Count > 0 && _random.Next(2) == 0 ? Pick(_fragments).Name : "Missing";
        var fitting = _fragments.Skip(fragment + 1).Where(candidate => Meet(type, candidate.Type)).ToList();
        return fitting.Count == 0 ? null : Pick(fitting).Name;
    }

    string Directives() => (_random.Next(12), Fault()) switch
    {
        (_, true) => Pick([" @none", " @once(level: 1) @once", " @skip(if: 1)", " @mark"]),
        (0, _) => " @mark(tag: \"a\") @mark(tag: \"b\")",
        _ => "",
    };

    bool Meet(NamedType one, NamedType other) => schema.PossibleTypes(one).Intersect(schema.PossibleTypes(other)).Any();

    bool Fault() => _random.NextDouble() < _faults;

    T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];
}
