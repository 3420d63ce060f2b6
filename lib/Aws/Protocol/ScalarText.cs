using System.Globalization;

namespace OptiInfra.Aws.Protocol;

/// <summary>Scalars as text, both ways. Always the invariant culture, timestamps always in UTC.</summary>
internal static class ScalarText
{
    public static string Write(ScalarShape shape, object value) => (shape.Kind, value) switch
    {
        (ScalarKind.Boolean, bool b) => b ? "true" : "false",
        (ScalarKind.Timestamp, DateTime t) => WriteTimestamp(shape.TimestampFormat, t),
        (ScalarKind.Blob, byte[] bytes) => Convert.ToBase64String(bytes),
        (ScalarKind.Float, float f) => f.ToString("R", CultureInfo.InvariantCulture),
        (ScalarKind.Double, double d) => d.ToString("R", CultureInfo.InvariantCulture),
        (_, IFormattable f) => f.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    /// <summary>Null where the text is empty and the type has no empty value.</summary>
    /// <exception cref="FormatException">The text is no value of the type.</exception>
    public static object? Parse(ScalarShape shape, string text)
    {
        if (shape.Kind == ScalarKind.String)
            return text;
        var trimmed = text.Trim();
        if (shape.Kind == ScalarKind.Blob)
            return Convert.FromBase64String(trimmed);
        if (trimmed.Length == 0)
            return null;
        return shape.Kind switch
        {
            ScalarKind.Boolean => bool.Parse(trimmed),
            ScalarKind.Integer => int.Parse(trimmed, NumberStyles.Integer, CultureInfo.InvariantCulture),
            ScalarKind.Long => long.Parse(trimmed, NumberStyles.Integer, CultureInfo.InvariantCulture),
            ScalarKind.Float => float.Parse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture),
            ScalarKind.Double => double.Parse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture),
            ScalarKind.Timestamp => ParseTimestamp(shape.TimestampFormat, trimmed),
            _ => throw new InvalidOperationException($"no text form for {shape.Kind}"),
        };
    }

    private static string WriteTimestamp(TimestampFormat format, DateTime value)
    {
        // a time without a kind is taken for UTC, never for the machine's own zone
        var utc = value.Kind == DateTimeKind.Local ? value.ToUniversalTime() : DateTime.SpecifyKind(value, DateTimeKind.Utc);
        return format switch
        {
            TimestampFormat.UnixSeconds => UnixSeconds(utc),
            TimestampFormat.HttpDate => utc.ToString("r", CultureInfo.InvariantCulture),
            TimestampFormat.Iso8601 => utc.ToString(
                utc.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            _ => throw new InvalidOperationException($"no text form for {format}"),
        };
    }

    private static string UnixSeconds(DateTime utc)
    {
        var seconds = (decimal)(utc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
        return seconds.ToString("0.###", CultureInfo.InvariantCulture);
    }

    private static DateTime ParseTimestamp(TimestampFormat format, string text)
    {
        if (format == TimestampFormat.UnixSeconds)
        {
            var seconds = decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
            return DateTime.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
        }

        return DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).UtcDateTime;
    }
}
