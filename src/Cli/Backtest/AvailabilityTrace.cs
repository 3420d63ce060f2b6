using System.Text.Json;
using OptiInfra.Cli.Errors;

namespace OptiInfra.Cli.Backtest;

/// <summary>Whether an instance of one capacity pool could be had, reading by reading.</summary>
/// <param name="Name">Folder and file, without the ending.</param>
/// <param name="Gap">Between two readings.</param>
/// <param name="Available">True where capacity was there.</param>
sealed record AvailabilityTrace(string Name, TimeSpan Gap, IReadOnlyList<bool> Available)
{
    /// <summary>
    /// Reads every <c>.json</c> below a folder: <c>{"metadata": {"gap_seconds": 600}, "data": [1, 0, …]}</c>. In recorded traces
    /// 1 means available. Windows cut for the "can't be late" simulator, which name their <c>original_trace</c>, are inverted:
    /// there 1 means not available.
    /// </summary>
    /// <exception cref="CliException">The folder is not there, or a file is no trace.</exception>
    public static IReadOnlyList<AvailabilityTrace> ReadAll(string folder)
    {
        if (!Directory.Exists(folder))
            throw CliException.BadInput($"--traces {folder}: there is no such folder; give one with availability traces as .json files.");
        var files = Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
            throw CliException.BadInput($"--traces {folder}: there is no .json file in it.");
        return [.. files.Select(Read)];
    }

    static AvailabilityTrace Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
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
            return new AvailabilityTrace($"{Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileNameWithoutExtension(path)}", gap, available);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw CliException.BadInput($"{path} is no availability trace: {e.Message} Expected {{\"metadata\": {{\"gap_seconds\": 600}}, \"data\": [1, 0, …]}}.");
        }
    }
}
