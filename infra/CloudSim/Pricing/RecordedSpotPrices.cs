using System.Globalization;
using System.Text.Json;
using OptiInfra.CloudSim.Hosting;

namespace OptiInfra.CloudSim.Pricing;

/// <summary>
/// Spot prices as somebody recorded them with `aws ec2 describe-spot-price-history`, moved by whole days so that the last day of the
/// recording is the day on which the cloud starts. Later hours of that day come into force as the clock reaches them.
/// </summary>
public sealed class RecordedSpotPrices
{
    private readonly Dictionary<string, List<SpotPriceChange>> _byPool = new(StringComparer.Ordinal);

    private RecordedSpotPrices()
    {
    }

    /// <summary>The (type, zone, product) triples recorded.</summary>
    public IEnumerable<SpotPriceChange> Pools => _byPool.Values.Select(changes => changes[0]);

    public bool Covers(string type) => _byPool.Values.Any(changes => string.Equals(changes[0].InstanceType, type, StringComparison.Ordinal));

    /// <summary>Reads a file, or every *.json of a folder; throws <see cref="StartupException"/> naming the file and what is wrong with it.</summary>
    public static RecordedSpotPrices Load(string path, DateTimeOffset start)
    {
        var files = Directory.Exists(path) ? Directory.GetFiles(path, "*.json").Order(StringComparer.Ordinal).ToArray()
            : File.Exists(path) ? [path]
            : throw new StartupException($"price history {path} does not exist");
        var changes = files.SelectMany(Read).ToList();
        if (changes.Count == 0)
        {
            throw new StartupException($"price history {path} holds no prices");
        }

        var shift = TimeSpan.FromDays((start.UtcDateTime.Date - changes.Max(change => change.At).UtcDateTime.Date).Days);
        var prices = new RecordedSpotPrices();
        foreach (var pool in changes.GroupBy(Key))
        {
            prices._byPool[pool.Key] = [.. pool.Select(change => change with { At = change.At + shift }).OrderBy(change => change.At)];
        }

        return prices;
    }

    /// <summary>The changes of the pool in (from, to], oldest first, preceded by the one in force at from where there is one.</summary>
    public IEnumerable<SpotPriceChange> Changes(string type, string zone, string product, DateTimeOffset from, DateTimeOffset to)
    {
        if (!_byPool.TryGetValue(type + "/" + zone + "/" + product, out var changes))
        {
            yield break;
        }

        SpotPriceChange? inForce = null;
        foreach (var change in changes)
        {
            if (change.At > to)
            {
                break;
            }

            if (change.At <= from)
            {
                inForce = change;
                continue;
            }

            if (inForce is { } before)
            {
                yield return before;
                inForce = null;
            }

            yield return change;
        }

        if (inForce is { } last)
        {
            yield return last;
        }
    }

    private static string Key(SpotPriceChange change) => change.InstanceType + "/" + change.Zone + "/" + change.Product;

    private static List<SpotPriceChange> Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var rows = new List<SpotPriceChange>();
            foreach (var row in document.RootElement.GetProperty("SpotPriceHistory").EnumerateArray())
            {
                rows.Add(new SpotPriceChange(
                    Text(row, "InstanceType"),
                    Text(row, "AvailabilityZone"),
                    Text(row, "ProductDescription"),
                    DateTimeOffset.Parse(Text(row, "Timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
                    decimal.Parse(Text(row, "SpotPrice"), CultureInfo.InvariantCulture)));
                if (rows[^1].HourlyUsd < 0)
                {
                    throw new StartupException($"price history {file}: row {rows.Count} has a negative price");
                }
            }

            return rows;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new StartupException($"price history {file} is not output of 'aws ec2 describe-spot-price-history': {error.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static string Text(JsonElement row, string name) =>
        row.GetProperty(name).GetString() ?? throw new FormatException($"a row has no {name}");
}
