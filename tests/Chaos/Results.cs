using System.Globalization;
using System.Text;
using OptiInfra.Benchmarks;
using OptiInfra.Testing;

namespace OptiInfra.Chaos;

/// <summary>benchmarks/results/chaos.md: the figures of the last long runs with their machine and date, a section for each form.</summary>
static class Results
{
    const string Title = "# chaos\n\nMigrations, and the log's reader, while things go wrong: `infra/chaos.sh`, `infra/chaos.sh --log`.\n";

    /// <summary>Puts a section in the place of the former one of its name.</summary>
    public static async Task WriteAsync(string section, DateTimeOffset began, Machine machine, IEnumerable<string> lines, string lastLine)
    {
        var folder = Environment.GetEnvironmentVariable("OPTIINFRA_BENCHMARK_RESULTS") is { Length: > 0 } given ? given : Path.Combine(ProjectRoot.Path, "benchmarks", "results");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "chaos.md");
        var sections = File.Exists(path)
            ? (await File.ReadAllTextAsync(path)).Split("\n## ").Skip(1).ToDictionary(text => text[..text.IndexOf('\n', StringComparison.Ordinal)], text => text, StringComparer.Ordinal)
            : new Dictionary<string, string>(StringComparer.Ordinal);
        var text = new StringBuilder(section).Append("\n\n");
        text.Append("- Date: ").Append(began.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)).Append('\n');
        foreach (var (name, value) in machine.Facts)
            text.Append("- ").Append(name).Append(": ").Append(value).Append('\n');
        foreach (var line in lines)
            text.Append(line.StartsWith(' ') ? "  - " : "- ").Append(line.Trim()).Append('\n');
        sections[section] = text.Append("\n`").Append(lastLine).Append("`\n").ToString();
        await File.WriteAllTextAsync(path, Title + string.Concat(sections.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => "\n## " + s.Value.TrimEnd() + "\n")));
    }
}
