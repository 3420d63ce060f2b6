using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace OptiInfra.Benchmarks.EventStore;

/// <summary>PostgreSQL's own load generator, with a script of ours over prepared statements.</summary>
public sealed partial class Pgbench(string connectionString)
{
    /// <returns>Transactions per second, without the time to connect.</returns>
    /// <exception cref="BenchmarkException">pgbench is absent or failed; the message has what it said.</exception>
    public async Task<double> RunAsync(string script, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script, cancellationToken);
            var target = new NpgsqlConnectionStringBuilder(connectionString);
            var start = new ProcessStartInfo(Find())
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["PGHOST"] = target.Host, ["PGPORT"] = target.Port.ToString(CultureInfo.InvariantCulture),
                    ["PGUSER"] = target.Username, ["PGPASSWORD"] = target.Password, ["PGDATABASE"] = target.Database,
                },
            };
            foreach (var argument in (string[])["-n", "-M", "prepared", "-D", "version=0", "-f", file, "-c", $"{clients}", "-j", $"{Math.Min(clients, Environment.ProcessorCount)}", "-T", $"{(int)duration.TotalSeconds}"])
                start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            var rate = Rate().Match(output);
            return process.ExitCode == 0 && rate.Success
                ? double.Parse(rate.Groups["tps"].Value, CultureInfo.InvariantCulture)
                : throw new BenchmarkException($"pgbench failed: {await errors}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    static string Find()
    {
        var debian = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin")) : [];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(debian).Select(d => Path.Combine(d, "pgbench")).FirstOrDefault(File.Exists)
            ?? throw new BenchmarkException("pgbench is not found; it comes with PostgreSQL's server or contrib package.");
    }

    [GeneratedRegex(@"^tps = (?<tps>[0-9.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rate();
}
