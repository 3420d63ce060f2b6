using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

using Conditions = IReadOnlyDictionary<string, object?>;
using Fields = IReadOnlyDictionary<string, DocumentField>;

/// <summary>The conditions of <c>where</c> as SQL; what callers give becomes parameters, never text of the statement.</summary>
sealed class DocumentConditions
{
    readonly List<object> parameters = [];

    public object[] Parameters => [.. parameters];

    public string Add(object value)
    {
        parameters.Add(value);
        return $"${parameters.Count}";
    }

    public string All(Fields fields, Conditions where) => And(where.Select(condition => condition.Key switch
    {
        "and" => Joined(condition.Value, part => All(fields, part), "and"),
        "or" => Joined(condition.Value, part => All(fields, part), "or"),
        _ => Of(fields[condition.Key], condition.Value),
    }));

    static string And(IEnumerable<string> parts) => string.Join(" and ", parts.Select(part => $"({part})")) is { Length: > 0 } all ? all : "true";

    static string Joined(object? value, Func<Conditions, string> part, string word)
    {
        string[] parts = [.. ((IEnumerable<object?>?)value ?? []).Cast<Conditions>().Select(conditions => $"({part(conditions)})")];
        return parts.Length > 0 ? string.Join($" {word} ", parts) : value is null || word == "and" ? "true" : "false";
    }

    string Of(DocumentField field, object? value) => (field, value) switch
    {
        (DocumentField.Leaf leaf, Conditions operations) => Operations(leaf, operations),
        (DocumentField.Leaf leaf, _) => $"{leaf.Sql} is null",
        (DocumentField.Part part, Conditions inner) => $"coalesce(jsonb_typeof({part.Sql}), 'null') <> 'null' and {All(part.Fields, inner)}",
        (DocumentField.Part part, _) => $"coalesce(jsonb_typeof({part.Sql}), 'null') = 'null'",
        (DocumentField.Rows rows, Conditions items) => And(items.Select(condition => Items(rows, condition.Key, condition.Value))),
        (DocumentField.Rows, _) => "false",
        _ => throw new InvalidOperationException($"Unknown field {field}."),
    };

    string Items(DocumentField.Rows rows, string which, object? value)
    {
        // conditions on the items of a list, none of which is null; as in memory, null meets none of them
        var condition = value is Conditions inner ? All(rows.Fields, inner) : "false";
        return which switch
        {
            "any" => value is false ? $"not exists (select from {rows.From})" : $"exists (select from {rows.From})",
            "all" => $"not exists (select from {rows.From} where not coalesce({condition}, false))",
            "none" => $"not exists (select from {rows.From} where {condition})",
            _ => $"exists (select from {rows.From} where {condition})",
        };
    }

    string Operations(DocumentField.Leaf leaf, Conditions operations) => And(operations.Select(operation => operation.Key switch
    {
        "and" => Joined(operation.Value, part => Operations(leaf, part), "and"),
        "or" => Joined(operation.Value, part => Operations(leaf, part), "or"),
        "eq" => operation.Value is null ? $"{leaf.Sql} is null" : $"{leaf.Sql} = {Value(leaf, operation.Value)}",
        "neq" => operation.Value is null ? $"{leaf.Sql} is not null" : $"{leaf.Sql} is distinct from {Value(leaf, operation.Value)}",
        "in" => In(leaf, operation.Value),
        "gt" => $"{leaf.Ordered} > {Value(leaf, operation.Value)}",
        "gte" => $"{leaf.Ordered} >= {Value(leaf, operation.Value)}",
        "lt" => $"{leaf.Ordered} < {Value(leaf, operation.Value)}",
        "lte" => $"{leaf.Ordered} <= {Value(leaf, operation.Value)}",
        "contains" => $"strpos({leaf.Sql}, {Value(leaf, operation.Value)}) > 0",
        "startsWith" => $"starts_with({leaf.Sql}, {Value(leaf, operation.Value)})",
        "endsWith" => EndsWith(leaf, Value(leaf, operation.Value)),
        // what is not met by a null is met by its opposite
        ['n', .. var opposite] => $"not coalesce({Operations(leaf, new Dictionary<string, object?>(StringComparer.Ordinal) { [opposite] = operation.Value })}, false)",
        _ => throw new InvalidOperationException($"There is no filter operation {operation.Key}."),
    }));

    string In(DocumentField.Leaf leaf, object? values)
    {
        List<object?> all = [.. ((System.Collections.IEnumerable?)values ?? Array.Empty<object>()).Cast<object?>()];
        string[] parts =
        [
            .. all.OfType<object>().Take(1).Select(_ => $"{leaf.Sql} in ({string.Join(", ", all.OfType<object>().Select(value => Value(leaf, value)))})"),
            .. all.Where(value => value is null).Take(1).Select(_ => $"{leaf.Sql} is null"),
        ];
        return parts.Length == 0 ? "false" : string.Join(" or ", parts);
    }

    static string EndsWith(DocumentField.Leaf leaf, string value) => $"right({leaf.Sql}, length({value})) = {value}";

    string Value(DocumentField.Leaf leaf, object? value) => value is null ? throw new GraphQLException("Only eq and neq compare with null.") : Add(leaf.Kind.Parameter(value));
}
