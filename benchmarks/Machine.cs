using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;

namespace OptiInfra.Benchmarks;

/// <summary>What the figures were measured on; a figure without it says little.</summary>
public sealed record Machine(string Cpu, int Cores, double MemoryGiB, string OperatingSystem, string DotNet, string PostgreSql)
{
    /// <exception cref="BenchmarkException">PostgreSQL does not answer.</exception>
    public static async Task<Machine> DescribeAsync(string postgres, CancellationToken cancellationToken) => new(
        await CpuAsync(cancellationToken),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024),
        await SystemAsync(cancellationToken),
        RuntimeInformation.FrameworkDescription,
        await PostgreSqlAsync(postgres, cancellationToken));

    public IEnumerable<(string Name, string Value)> Facts =>
    [
        ("CPU", $"{Cpu}, {Cores} {(Cores == 1 ? "core" : "cores")}"),
        ("Memory", MemoryGiB.ToString("0.0", CultureInfo.InvariantCulture) + " GiB"),
        ("System", OperatingSystem),
        (".NET", DotNet),
        ("PostgreSQL", PostgreSql),
    ];

    private static async Task<string> CpuAsync(CancellationToken cancellationToken)
    {
        const string Model = "model name";
        if (!File.Exists("/proc/cpuinfo"))
            return RuntimeInformation.ProcessArchitecture.ToString();
        var lines = await File.ReadAllLinesAsync("/proc/cpuinfo", cancellationToken);
        var line = Array.Find(lines, line => line.StartsWith(Model, StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    private static async Task<string> SystemAsync(CancellationToken cancellationToken)
    {
        const string Release = "/proc/sys/kernel/osrelease";
        return File.Exists(Release)
            ? $"{RuntimeInformation.OSDescription}, kernel {(await File.ReadAllTextAsync(Release, cancellationToken)).Trim()}"
            : RuntimeInformation.OSDescription;
    }

    private static async Task<string> PostgreSqlAsync(string connectionString, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(
                "SELECT current_setting('server_version') || ', fsync ' || current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')",
                connection);
            return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (NpgsqlException error)
        {
            throw new BenchmarkException($"PostgreSQL does not answer ({error.Message}). Run: bash infra/services.sh start");
        }
    }
}
