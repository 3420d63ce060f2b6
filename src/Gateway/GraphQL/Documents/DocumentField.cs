using System.Globalization;
using System.Text.Json;
using OptiInfra.Contracts;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>What a filter or an order can name, as SQL reads it from the column data of a document.</summary>
abstract record DocumentField
{
    DocumentField() { }

    /// <param name="Sql">Its value, compared for equality.</param>
    /// <param name="Ordered">Its value, compared by size.</param>
    /// <param name="Words">Whether it is an enumeration, which documents hold in words.</param>
    public sealed record Leaf(string Sql, string Ordered, LeafKind Kind, bool IsNullable = true, bool Words = false) : DocumentField
    {
        /// <summary>Of what is ordered: the words of an enumeration by their places.</summary>
        public LeafKind OrderedKind => Words ? LeafKind.Number : Kind;
    }

    /// <summary>An object.</summary>
    public sealed record Part(string Sql, IReadOnlyDictionary<string, DocumentField> Fields) : DocumentField;

    /// <summary>A list.</summary>
    /// <param name="From">What stands behind from: a row for each item, whose fields are read from its columns.</param>
    public sealed record Rows(string From, IReadOnlyDictionary<string, DocumentField> Fields) : DocumentField;
}

enum LeafKind
{
    Text,
    /// <summary>
    /// As text: the serializer writes instants in UTC with one form, so that their characters sort as their times do, and an
    /// index over them needs no conversion.
    /// </summary>
    Instant,
    Number,
    Boolean,
}

static class LeafKinds
{
    /// <summary>The value of a filter as a parameter.</summary>
    public static object Parameter(this LeafKind kind, object value) => kind switch
    {
        LeafKind.Instant => JsonSerializer.SerializeToElement(((DateTimeOffset)value).ToUniversalTime(), ContractsJson.Options).GetString()!,
        LeafKind.Number => Number(value),
        LeafKind.Boolean => value,
        _ => value switch
        {
            string text => FieldAccess.Storable(text),
            Guid id => id.ToString("D"),
            Enum word => JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString()),
            _ => throw new InvalidOperationException($"A {value.GetType().Name} is no text."),
        },
    };

    /// <summary>The key of a cursor as a parameter; null where it is none of this kind.</summary>
    public static object? Key(this LeafKind kind, string text) => kind switch
    {
        LeafKind.Number => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        LeafKind.Boolean => bool.TryParse(text, out var flag) ? flag : null,
        _ => text.Contains('\0', StringComparison.Ordinal) ? null : text,
    };

    static decimal Number(object value)
    {
        try
        {
            return Convert.ToDecimal(value, CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            throw FieldAccess.BadInput($"{value} is too large to be compared with.");
        }
    }
}
