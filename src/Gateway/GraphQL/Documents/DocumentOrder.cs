using System.Buffers.Text;
using System.Text.Json;

namespace OptiInfra.Gateway.GraphQL;

using Fields = IReadOnlyDictionary<string, DocumentField>;

/// <summary>One key that documents are sorted by; null stands before everything.</summary>
readonly record struct DocumentKey(string Name, DocumentField.Leaf Leaf, bool IsDescending)
{
    public DocumentKey Reversed => this with { IsDescending = !IsDescending };

    // a key that is never null is sorted as an index is
    public string Sql => $"{Leaf.Ordered} {(IsDescending ? "desc" : "asc")}{(!Leaf.IsNullable ? "" : IsDescending ? " nulls last" : " nulls first")}";
}

/// <summary>
/// A total order of documents: the last key is their id. A cursor holds the keys of its document, so that what is inserted
/// or goes meanwhile moves no page.
/// </summary>
sealed record DocumentOrder(IReadOnlyList<DocumentKey> Keys)
{
    const int LongestCursor = 4_000;
    static readonly DocumentField.Leaf Id = new("id", "id", LeafKind.Text, IsNullable: false);

    /// <param name="order">Of <c>order</c>; null sorts by the usual key, the highest first.</param>
    public static DocumentOrder Of(Fields fields, IReadOnlyList<IReadOnlyDictionary<string, object?>>? order, string usual)
    {
        var keys = (order ?? [new Dictionary<string, object?>(StringComparer.Ordinal) { [usual] = "DESC" }]).SelectMany(entry => KeysOf(fields, entry, "")).DistinctBy(key => key.Name).ToList();
        return new([.. keys, new("id", Id, keys is [.., { IsDescending: true }])]);
    }

    static IEnumerable<DocumentKey> KeysOf(Fields fields, IReadOnlyDictionary<string, object?> entry, string prefix) => entry.SelectMany(field => (fields[field.Key], field.Value) switch
    {
        (DocumentField.Leaf leaf, string direction) => [new DocumentKey(prefix + field.Key, leaf, direction == "DESC")],
        (DocumentField.Part part, IReadOnlyDictionary<string, object?> inner) => KeysOf(part.Fields, inner, $"{prefix}{field.Key}."),
        _ => [],
    });

    string Signature => string.Join(',', Keys.Select(key => key.Name + (key.IsDescending ? "-" : "+")));

    /// <summary>The keys of each row as a JSON array of texts.</summary>
    public string KeysSql => $"jsonb_build_array({string.Join(", ", Keys.Select(key => $"({key.Leaf.Ordered})::text"))})";

    public string OrderBy(bool backwards) => string.Join(", ", Keys.Select(key => (backwards ? key.Reversed : key).Sql));

    public string CursorOf(IEnumerable<string?> keys) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes<IEnumerable<string?>>([Signature, .. keys]));

    /// <summary>The condition that a document stands behind the cursor's or, backwards, before it.</summary>
    public string Beyond(DocumentConditions conditions, string cursor, bool backwards, string argument)
    {
        var values = Read(cursor) ?? throw FieldAccess.BadInput($"Argument \"{argument}\" is no cursor of this list in this order.");
        var keys = Keys.Select((key, i) => (Key: backwards ? key.Reversed : key, Value: values[i] is { } value ? conditions.Add(value) : null)).ToList();
        // the form for which an index is read from that place on
        if (keys.TrueForAll(k => !k.Key.Leaf.IsNullable && k.Value is not null && k.Key.IsDescending == keys[0].Key.IsDescending))
            return $"({string.Join(", ", keys.Select(k => k.Key.Leaf.Ordered))}) {(keys[0].Key.IsDescending ? "<" : ">")} ({string.Join(", ", keys.Select(k => k.Value))})";
        return string.Join(" or ", keys.Select((_, i) => $"({string.Join(" and ", keys.Take(i).Select(Same).Append(Behind(keys[i])))})"));

        static string Same((DocumentKey Key, string? Value) k) => k.Value is null ? $"{k.Key.Leaf.Ordered} is null" : $"{k.Key.Leaf.Ordered} = {k.Value}";

        static string Behind((DocumentKey Key, string? Value) k) => (k.Key.IsDescending, k.Value) switch
        {
            (false, null) => $"{k.Key.Leaf.Ordered} is not null",
            (true, null) => "false",
            (false, { } value) => $"{k.Key.Leaf.Ordered} > {value}",
            (true, { } value) => k.Key.Leaf.IsNullable ? $"({k.Key.Leaf.Ordered} < {value} or {k.Key.Leaf.Ordered} is null)" : $"{k.Key.Leaf.Ordered} < {value}",
        };
    }

    /// <returns>Null where it is no cursor of this order.</returns>
    object?[]? Read(string cursor)
    {
        try
        {
            if (cursor.Length > LongestCursor || JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(cursor)) is not { } parts || parts.Length != Keys.Count + 1 || parts[0] != Signature)
                return null;
            var values = Keys.Select((key, i) => parts[i + 1] is { } text ? key.Leaf.OrderedKind.Key(text) : null).ToArray();
            return Keys.Where((key, i) => values[i] is null && (parts[i + 1] is not null || !key.Leaf.IsNullable)).Any() ? null : values;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }
}
