using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace OptiInfra.Chaos.Log;

/// <summary>PostgreSQL's own client programs.</summary>
static class PostgresProgram
{
    const string Debian = "/usr/lib/postgresql";

    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task RunAsync(string program, string connectionString, params string[] arguments)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(Find(program), ["--host", database.Host!, "--port", database.Port.ToString(CultureInfo.InvariantCulture), "--username", database.Username!, "--dbname", database.Database!, .. arguments])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["PGPASSWORD"] = database.Password;
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors}");
    }

    /// <summary>The newest of Debian's versions, since a client must not be older than its server; else whatever the path has.</summary>
    static string Find(string program) =>
        Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian)
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin", program)).FirstOrDefault(File.Exists) ?? program
            : program;
}
