using System.Text.Json;
using OptiInfra.Cli.Errors;

namespace OptiInfra.Cli.Backtest;

/// <summary>How the files of a folder become markets.</summary>
/// <param name="SpotFraction">Price of pools whose trace tells availability alone, as a fraction of the on-demand price.</param>
/// <param name="OnDemandPrices">CSV of on-demand prices, which price traces are divided by; null where none was given.</param>
/// <param name="Together">Availability traces of the same machine and time are pools of one market.</param>
sealed record TraceTerms(double SpotFraction, string? OnDemandPrices = null, bool Together = false);

static class TraceFolder
{
    const string Expected = """Expected {"metadata": {"gap_seconds": 600}, "data": [1, 0, …]}""";

    /// <summary>
    /// Reads every <c>.json</c> below a folder. What <c>aws ec2 describe-spot-price-history</c> printed is a <see cref="PriceHistory"/>.
    /// <c>{"metadata": {"gap_seconds": 600}, "data": [1, 0, …]}</c> is the availability of one pool: in recorded traces 1 means
    /// available. Windows cut for the "can't be late" simulator, which name their <c>original_trace</c>, are inverted: there 1
    /// means not available.
    /// </summary>
    /// <exception cref="CliException">The folder is not there, or a file is no trace.</exception>
    public static IReadOnlyList<MarketTrace> ReadAll(string folder, TraceTerms terms)
    {
        if (!Directory.Exists(folder))
            throw CliException.BadInput($"--traces {folder}: there is no such folder; give one with availability or price traces as .json files.");
        var files = Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
            throw CliException.BadInput($"--traces {folder}: there is no .json file in it.");
        var prices = new PriceHistory(terms.OnDemandPrices);
        var markets = new List<MarketTrace>();
        var joined = new Dictionary<(string Name, TimeSpan Gap, int Count), MarketTrace>();
        foreach (var file in files)
        {
            var (trace, cut) = Read(file, terms, prices);
            if (!terms.Together || trace.Priced)
                markets.Add(trace);
            else if (cut)
                throw CliException.BadInput($"{file} is a window that was cut from a longer trace: nobody knows whether it is of the same time as others. Leave out --together.");
            else
                Join(joined, trace);
        }

        return [.. markets, .. joined.Values];
    }

    /// <summary>Files are named ZONE_MACHINE: a job of one machine has no use for another.</summary>
    static void Join(Dictionary<(string Name, TimeSpan Gap, int Count), MarketTrace> joined, MarketTrace trace)
    {
        var pool = trace.Pools[0].Name;
        var machine = pool.Contains('_', StringComparison.Ordinal) ? pool[(pool.IndexOf('_', StringComparison.Ordinal) + 1)..] : "together";
        var name = $"{Path.GetDirectoryName(trace.Name)}/{machine}";
        joined[(name, trace.Gap, trace.Count)] = joined.TryGetValue((name, trace.Gap, trace.Count), out var market)
            ? market with { Name = name, Pools = [.. market.Pools, .. trace.Pools] } : trace;
    }

    static (MarketTrace Trace, bool Cut) Read(string path, TraceTerms terms, PriceHistory prices)
    {
        var name = $"{Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileNameWithoutExtension(path)}";
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"{path} is no trace: {e.Message}", e);
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object)
                throw CliException.BadInput($"{path} is no trace: its JSON is no object. {Expected}, or what aws ec2 describe-spot-price-history prints.");
            if (root.TryGetProperty("SpotPriceHistory", out var history))
                return (prices.Read(path, name, history), false);
            if (!root.TryGetProperty("data", out _) && !root.TryGetProperty("metadata", out _))
                throw CliException.BadInput($"{path} is no trace: it has neither data nor SpotPriceHistory. {Expected}, or what aws ec2 describe-spot-price-history prints.");
            try
            {
                return (Availability(path, name, root, terms), root.TryGetProperty("original_trace", out _));
            }
            catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
            {
                throw CliException.BadInput($"{path} is no availability trace: {e.Message} {Expected}.", e);
            }
        }
    }

    static MarketTrace Availability(string path, string name, JsonElement root, TraceTerms terms)
    {
        var inverted = root.TryGetProperty("original_trace", out _);
        var gap = TimeSpan.FromSeconds(root.GetProperty("metadata").GetProperty("gap_seconds").GetDouble());
        var data = root.GetProperty("data");
        var available = new bool[data.GetArrayLength()];
        var at = 0;
        foreach (var reading in data.EnumerateArray())
            available[at++] = reading.GetInt32() switch
            {
                0 => inverted,
                1 => !inverted,
                _ => throw CliException.BadInput($"{path}: reading {at} is {reading}; only 0 and 1 are readings."),
            };
        if (gap <= TimeSpan.Zero)
            throw CliException.BadInput($"{path}: metadata.gap_seconds is {gap.TotalSeconds}; it must be above 0.");
        return new MarketTrace(name, gap, [PoolTrace.Of(Path.GetFileNameWithoutExtension(path), available, terms.SpotFraction)]);
    }
}
