using System.Globalization;

namespace OptiInfra.Cli.Output;

/// <summary>Numbers as people read them; percent only here, at the edge.</summary>
static class Amounts
{
    public static string Usd(decimal amount) => amount.ToString("#,0.00", CultureInfo.InvariantCulture);

    /// <summary>What a job costs may be less than a cent.</summary>
    public static string SmallUsd(decimal amount) => amount.ToString("#,0.00##", CultureInfo.InvariantCulture);

    public static string HourlyUsd(decimal? amount) => amount?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";

    public static string Percent(double fraction) => (fraction * 100).ToString("0.0 '%'", CultureInfo.InvariantCulture);

    public static string Percent(decimal part, decimal whole) => whole == 0 ? "0.0 %" : Percent((double)(part / whole));

    public static string SignedPercent(double fraction) => (fraction * 100).ToString("+0.0 '%';-0.0 '%';0.0 '%'", CultureInfo.InvariantCulture);

    public static string Milliseconds(double? seconds) => seconds is { } s ? (s * 1000).ToString("0.0 'ms'", CultureInfo.InvariantCulture) : "unknown";

    public static string Fraction(double fraction) => fraction.ToString("0.00", CultureInfo.InvariantCulture);

    public static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Short(Guid id) => id.ToString("D", CultureInfo.InvariantCulture)[..13];
}
