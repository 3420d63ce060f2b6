using System.Globalization;
using System.Text.Json;
using System.Xml;
using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Language;

namespace OptiInfra.GraphQL.Types;

/// <summary>A scalar beyond the specification's five, made of a reader and a writer.</summary>
sealed class CustomScalarType<T>(string name, Func<ValueNode, object?> read, Action<ResultWriter, T> write) : ScalarType(name, typeof(T))
{
    protected override object? Coerce(ValueNode literal) => read(literal);

    public void Write(ResultWriter writer, T value) => write(writer, value);

    public override void Write(ResultWriter writer, object value) =>
        write(writer, value is T typed ? typed : value is IConvertible ? (T)Convert.ChangeType(value, typeof(T), CultureInfo.InvariantCulture) : throw Unfit(value));
}

/// <summary>The scalars that stand for types of .NET, in HotChocolate's names.</summary>
static class CustomScalars
{
    public static ScalarType? For(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Int64 or TypeCode.UInt32 => Long(),
        TypeCode.Decimal => Decimal(),
        TypeCode.DateTime => DateTime(),
        _ when type == typeof(DateTimeOffset) => DateTime(),
        _ when type == typeof(DateOnly) => LocalDate(),
        _ when type == typeof(TimeOnly) => LocalTime(),
        _ when type == typeof(TimeSpan) => Duration(),
        _ when type == typeof(Guid) => Uuid(),
        _ when type == typeof(Uri) => Url(),
        _ when type == typeof(JsonElement) || type == typeof(JsonDocument) || type == typeof(System.Text.Json.Nodes.JsonNode) || type == typeof(object) => Json(),
        _ => null,
    };

    static CustomScalarType<long> Long() => new("Long",
        literal => literal is IntValueNode number && long.TryParse(number.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null,
        (writer, value) => writer.WriteNumber(value))
    {
        Description = "A whole number of 64 bits, signed.",
    };

    static CustomScalarType<decimal> Decimal() => new("Decimal",
        literal => decimal.TryParse(Number(literal), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null,
        (writer, value) => writer.WriteNumber(value))
    {
        Description = "A decimal number of up to 28 digits.",
    };

    static CustomScalarType<DateTimeOffset> DateTime() => new("DateTime",
        literal => literal is StringValueNode text && IsInstant(text.Value, out var value) ? value : null,
        (writer, value) => writer.WriteDateTime(value))
    {
        Description = "An instant with its offset, by RFC 3339.",
        SpecifiedByUrl = "https://scalars.graphql.org/andimarek/date-time.html",
    };

    static CustomScalarType<DateOnly> LocalDate() => new("LocalDate",
        literal => literal is StringValueNode text && DateOnly.TryParseExact(text.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var value) ? value : null,
        (writer, value) => writer.WriteQuoted(value, 10, "yyyy-MM-dd"))
    {
        Description = "A day without time or zone: yyyy-mm-dd.",
    };

    static CustomScalarType<TimeOnly> LocalTime() => new("LocalTime",
        literal => literal is StringValueNode text && TimeOnly.TryParse(text.Value, CultureInfo.InvariantCulture, out var value) ? value : null,
        (writer, value) => writer.WriteQuoted(value, 16, "HH:mm:ss.FFFFFFF"))
    {
        Description = "A time of day without zone: hh:mm:ss.",
    };

    static CustomScalarType<TimeSpan> Duration() => new("TimeSpan", ReadDuration, (writer, value) => writer.WriteString(XmlConvert.ToString(value)))
    {
        Description = "A duration by ISO 8601, as in PT1H30M.",
    };

    static CustomScalarType<Guid> Uuid() => new("UUID",
        literal => literal is StringValueNode text && Guid.TryParse(text.Value, out var value) ? value : null,
        (writer, value) => writer.WriteQuoted(value, 36, default))
    {
        Description = "A universally unique identifier.",
        SpecifiedByUrl = "https://tools.ietf.org/html/rfc4122",
    };

    static CustomScalarType<Uri> Url() => new("URL",
        literal => literal is StringValueNode text && Uri.TryCreate(text.Value, UriKind.RelativeOrAbsolute, out var value) ? value : null,
        (writer, value) => writer.WriteString(value.OriginalString))
    {
        Description = "An address by RFC 3986.",
        SpecifiedByUrl = "https://tools.ietf.org/html/rfc3986",
    };

    static CustomScalarType<object> Json() => new("JSON",
        literal => JsonSerializer.SerializeToElement(AnyType.Plain(literal)),
        (writer, value) => writer.WriteValue(value))
    {
        Description = "Any JSON value.",
        SpecifiedByUrl = "https://www.rfc-editor.org/rfc/rfc8259",
    };

    static string? Number(ValueNode literal) => literal switch
    {
        IntValueNode number => number.Value,
        FloatValueNode number => number.Value,
        _ => null,
    };

    static bool IsInstant(string text, out DateTimeOffset value)
    {
        value = default;
        // an instant needs a zone: without one the machine's own would decide
        var hasZone = text.EndsWith('Z') || text.EndsWith('z') || (text.Length > 6 && text[^3] == ':' && text[^6] is '+' or '-');
        return hasZone && text.Length > 10 && text[4] == '-' && text[10] is 'T' or 't'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out value);
    }

    static object? ReadDuration(ValueNode literal)
    {
        if (literal is not StringValueNode text) return null;
        try
        {
            return XmlConvert.ToTimeSpan(text.Value);
        }
        catch (Exception fault) when (fault is FormatException or OverflowException)
        {
            return null;
        }
    }
}
