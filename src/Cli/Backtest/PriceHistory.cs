using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using OptiInfra.Agents.Prices;
using OptiInfra.Cli.Errors;

namespace OptiInfra.Cli.Backtest;

/// <summary>
/// Reads what <c>aws ec2 describe-spot-price-history</c> printed: points at which a price changed, in any order. Each instance
/// type in a zone is a pool; all of one file are a market, whose readings begin once every pool has a price and end with the
/// last point. Prices tell nothing of capacity, so that every pool counts as available throughout.
/// </summary>
/// <param name="onDemandPrices">Path of the CSV of on-demand prices; null where none was given.</param>
sealed partial class PriceHistory(string? onDemandPrices)
{
    /// <summary>Between two readings; as long as the platform remembers prices when it weighs a move.</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromMinutes(10);

    static readonly string[] LinuxProducts = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"];

    readonly Dictionary<string, PriceBook> books = new(StringComparer.Ordinal);

    [GeneratedRegex("^[a-z]{2}(-[a-z]+)+-[0-9]+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Region { get; }

    /// <exception cref="CliException">It is no such history, or the on-demand price of a type is not known.</exception>
    public MarketTrace Read(string path, string name, JsonElement history)
    {
        if (onDemandPrices is null)
            throw CliException.BadInput($"{path} is a price trace in USD: give the on-demand prices to compare it with, --on-demand-prices FILE, a CSV with the columns instance_type and usd_per_hour.");
        List<Point> points;
        try
        {
            points = [.. history.EnumerateArray().Select((entry, i) => PointOf(path, entry, i)).OfType<Point>()];
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw CliException.BadInput($"{path} is no price trace: {e.Message} Give what aws ec2 describe-spot-price-history prints.", e);
        }

        if (points.Count == 0)
            throw CliException.BadInput($"{path} has no price of Linux: ask for --product-descriptions Linux/UNIX \"Linux/UNIX (Amazon VPC)\", or leave the file out.");
        // the sort is stable: of two prices of one instant, the twins of a product, the one that stands last counts
        var pools = points.GroupBy(p => (p.Type, p.Zone)).OrderBy(p => p.Key.Type, StringComparer.Ordinal).ThenBy(p => p.Key.Zone, StringComparer.Ordinal)
            .Select(p => (p.Key.Type, p.Key.Zone, Points: p.OrderBy(point => point.At).ToList())).ToList();
        var from = pools.Max(p => p.Points[0].At);
        var count = (int)((points.Max(p => p.At) - from) / Gap) + 1;
        return new MarketTrace(name, Gap, [.. pools.Select(p => new PoolTrace($"{p.Type} {p.Zone}", Readings(p.Points, from, count, OnDemandHourlyUsd(path, p.Type, p.Zone))))], Priced: true);
    }

    static Point? PointOf(string path, JsonElement entry, int index)
    {
        if (!LinuxProducts.Contains(entry.GetProperty("ProductDescription").GetString(), StringComparer.Ordinal))
            return null;
        var text = entry.GetProperty("SpotPrice").ToString();
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var price) || price <= 0)
            throw CliException.BadInput($"{path}: entry {index + 1} has SpotPrice '{text}', which is no price above 0 such as 0.067900; correct it or leave it out.");
        if (!entry.GetProperty("Timestamp").TryGetDateTimeOffset(out var at))
            throw CliException.BadInput($"{path}: entry {index + 1} has Timestamp '{entry.GetProperty("Timestamp")}', which is no time such as 2021-05-31T00:30:14+00:00; correct it or leave it out.");
        return new Point(Text("InstanceType"), Text("AvailabilityZone"), at, price);

        string Text(string property) => entry.GetProperty(property).GetString() is { Length: > 0 } value ? value
            : throw CliException.BadInput($"{path}: entry {index + 1} has no {property}; correct it or leave it out.");
    }

    decimal OnDemandHourlyUsd(string path, string type, string zone)
    {
        var region = Region.Match(zone) is { Success: true } match ? match.Value : "";
        if (!books.TryGetValue(region, out var book))
            books[region] = book = PriceBook.Read(onDemandPrices!, region.Length == 0 ? null : region);
        return book.OnDemandHourlyUsd.TryGetValue(type, out var price) ? price
            : throw CliException.BadInput($"{path}: {onDemandPrices} has no on-demand price of {type} ({(region.Length == 0 ? zone : region)}); add a line for it, or leave the trace out.");
    }

    static PoolReading[] Readings(List<Point> points, DateTimeOffset from, int count, decimal onDemandHourlyUsd)
    {
        var readings = new PoolReading[count];
        // the last points not after the present reading, and not after the one before
        var (now, before) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var at = from + i * Gap;
            while (now + 1 < points.Count && points[now + 1].At <= at)
                now++;
            while (before + 1 < points.Count && points[before + 1].At <= at - Gap)
                before++;
            var (highest, lowest) = (points[before].HourlyUsd, points[before].HourlyUsd);
            for (var p = before + 1; p <= now; p++)
                (highest, lowest) = (Math.Max(highest, points[p].HourlyUsd), Math.Min(lowest, points[p].HourlyUsd));
            readings[i] = new PoolReading(true, Fraction(points[now].HourlyUsd), Fraction(highest), Fraction(lowest));
        }

        return readings;

        double Fraction(decimal hourlyUsd) => (double)(hourlyUsd / onDemandHourlyUsd);
    }

    sealed record Point(string Type, string Zone, DateTimeOffset At, decimal HourlyUsd);
}
