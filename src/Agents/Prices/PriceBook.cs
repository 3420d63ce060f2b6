using System.Globalization;
using CsvHelper;

namespace OptiInfra.Agents.Prices;

/// <summary>
/// On-demand list prices and interruption bands by instance type, from a CSV file: <c>instance_type,usd_per_hour</c> and, where known,
/// <c>interruption_band</c> (0..4 as in the AWS Spot Advisor), <c>region</c> and <c>generated_at</c> (of several the newest counts).
/// Other columns and lines that begin with # are passed over.
/// </summary>
public sealed class PriceBook
{
    readonly Dictionary<string, decimal> hourlyUsd;
    readonly Dictionary<string, int> bands;

    PriceBook(Dictionary<string, decimal> hourlyUsd, Dictionary<string, int> bands) => (this.hourlyUsd, this.bands) = (hourlyUsd, bands);

    public static PriceBook Empty { get; } = new([], []);

    /// <summary>USD per hour by instance type.</summary>
    public IReadOnlyDictionary<string, decimal> OnDemandHourlyUsd => hourlyUsd;

    /// <summary>Interruption band by instance type: 0 below 5 % a month … 4 above 20 %.</summary>
    public IReadOnlyDictionary<string, int> InterruptionBands => bands;

    /// <param name="region">Rows of other regions are passed over; null takes all.</param>
    /// <exception cref="BadInputException">The file cannot be used; the message says where and why.</exception>
    public static PriceBook Read(string path, string? region = null)
    {
        try
        {
            using var reader = new StreamReader(path);
            return Read(reader, path, region);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Price file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc cref="Read(string, string?)"/>
    public static PriceBook Read(TextReader text, string name, string? region = null)
    {
        try
        {
            return ReadRows(text, name, region);
        }
        catch (CsvFormatException e)
        {
            throw new BadInputException($"Price file {name} is no CSV: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    static PriceBook ReadRows(TextReader text, string name, string? region)
    {
        var options = new CsvReaderOptions { Separator = ',', HasHeader = true, CommentPrefix = '#', TrimWhitespace = true, SkipEmptyLines = true, TrackLineNumbers = true };
        using var csv = CsvReader.Create(text, options, false);
        csv.ReadHeader();
        if (!csv.TryGetFieldIndex("instance_type", out _) || !csv.TryGetFieldIndex("usd_per_hour", out _))
            throw new BadInputException($"Price file {name} needs a header with the columns instance_type and usd_per_hour (USD per hour, Linux, on demand).");
        var rows = new Dictionary<string, (DateTimeOffset At, decimal Price, int? Band)>(StringComparer.Ordinal);
        while (csv.Read())
        {
            var line = csv.LineNumber;
            if (region is not null && Field(csv, "region") is { } rowRegion && rowRegion != region)
                continue;
            var type = Field(csv, "instance_type") ?? throw Wrong(name, line, "has no instance_type");
            var price = Price(csv, name, line);
            var band = Band(csv, name, line);
            var at = Field(csv, "generated_at") is not { } text2 ? default
                : DateTimeOffset.TryParse(text2, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed) ? parsed
                : throw Wrong(name, line, $"has generated_at '{text2}', which is no time such as 2026-01-31T00:00:00Z");
            if (rows.TryGetValue(type, out var other) && other.At == at && other.Price != price)
                throw Wrong(name, line, $"gives {type} a second price ({other.Price} before); keep one");
            if (!rows.ContainsKey(type) || at >= other.At)
                rows[type] = (at, price, band ?? other.Band);
        }

        if (rows.Count == 0)
            throw new BadInputException($"Price file {name} has no prices{(region is null ? "" : $" for region {region}")}.");
        return new PriceBook(
            rows.ToDictionary(r => r.Key, r => r.Value.Price, StringComparer.Ordinal),
            rows.Where(r => r.Value.Band is not null).ToDictionary(r => r.Key, r => r.Value.Band!.Value, StringComparer.Ordinal));
    }

    static decimal Price(CsvReader csv, string name, long line)
    {
        var text = Field(csv, "usd_per_hour") ?? throw Wrong(name, line, "has no usd_per_hour");
        if (!decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var price))
            throw Wrong(name, line, $"has usd_per_hour '{text}', which is no number such as 0.192");
        return price > 0 ? price : throw Wrong(name, line, $"has usd_per_hour {text}; a price is above 0");
    }

    static int? Band(CsvReader csv, string name, long line) => Field(csv, "interruption_band") switch
    {
        null => null,
        var text when int.TryParse(text, CultureInfo.InvariantCulture, out var band) && band is >= 0 and <= 4 => band,
        var text => throw Wrong(name, line, $"has interruption_band '{text}'; it is 0 (below 5 % a month) to 4 (above 20 %)"),
    };

    static string? Field(CsvReader csv, string column) =>
        csv.TryGetFieldIndex(column, out var index) && index < csv.FieldCount && csv.GetString(index) is { Length: > 0 } value ? value : null;

    static BadInputException Wrong(string name, long line, string what) => new($"Price file {name}, line {line}, {what}.");
}
