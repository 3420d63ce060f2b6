using System.Globalization;
using System.Text;

namespace OptiInfra.Benchmarks;

/// <summary>benchmarks/results/NAME.md: the figures of the last run with their machine and date.</summary>
internal static class ResultFile
{
    public static async Task WriteAsync(IBenchmark benchmark, DateTimeOffset began, Machine machine, string report, string lastLine)
    {
        var folder = Folder();
        Directory.CreateDirectory(folder);
        var text = new StringBuilder();
        text.Append("# ").AppendLine(benchmark.Name).AppendLine();
        text.AppendLine(benchmark.Description).AppendLine();
        text.Append("- Date: ").AppendLine(began.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        foreach (var (name, value) in machine.Facts)
            text.Append("- ").Append(name).Append(": ").AppendLine(value);
        text.AppendLine().AppendLine(report.TrimEnd()).AppendLine();
        text.Append('`').Append(lastLine).AppendLine("`");
        await File.WriteAllTextAsync(Path.Combine(folder, benchmark.Name + ".md"), text.ToString());
    }

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("OPTIINFRA_BENCHMARK_RESULTS") is { Length: > 0 } given)
            return given;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "OptiInfra.sln")))
                return Path.Combine(folder.FullName, "benchmarks", "results");
        throw new BenchmarkException("The results have no place: no OptiInfra.sln above the program, and OPTIINFRA_BENCHMARK_RESULTS is not set.");
    }
}
