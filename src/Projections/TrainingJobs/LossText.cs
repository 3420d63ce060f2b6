using System.Globalization;

namespace OptiInfra.Projections;

/// <summary>The hexadecimal text in which a trainer tells its loss to the last digit, as C's <c>%a</c> and Python's <c>float.hex</c> write it.</summary>
public static class LossText
{
    /// <returns>Null for what is no such text, or no finite number.</returns>
    public static double? Read(string? text)
    {
        if (text is null)
            return null;
        var negative = text.StartsWith('-');
        var digits = negative ? text[1..] : text;
        var power = digits.IndexOf('p', StringComparison.Ordinal);
        if (!digits.StartsWith("0x", StringComparison.Ordinal) || power < 3
            || !int.TryParse(digits[(power + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent))
            return null;
        var mantissa = digits[2..power];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var fractionDigits = point < 0 ? 0 : mantissa.Length - point - 1;
        // a double has 53 bits: one digit before the point and thirteen behind it
        if (!ulong.TryParse(mantissa.Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits) || bits > 1UL << 57)
            return null;
        var value = Math.ScaleB(bits, exponent - (4 * fractionDigits));
        return double.IsFinite(value) ? negative ? -value : value : null;
    }
}
