using System.Diagnostics;
using OptiInfra.Testing;

namespace OptiInfra.Chaos.Services;

/// <summary>infra/services.sh.</summary>
static class ServicesScript
{
    static readonly string[] Variables = 
    [
        "OPTIINFRA_POSTGRES", "OPTIINFRA_POSTGRES_OWNER", "OPTIINFRA_RABBITMQ", "OPTIINFRA_RABBITMQ_MANAGEMENT",
        "OPTIINFRA_POSTGRES_PORT", "OPTIINFRA_RABBITMQ_PORT", "OPTIINFRA_RABBITMQ_MANAGEMENT_PORT", "OPTIINFRA_RABBITMQ_DIST_PORT", "OPTIINFRA_EPMD_PORT",
    ];

    /// <param name="folder">Where the instances' files are.</param>
    /// <param name="environment">Services that are there already; none of the caller's own count.</param>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task RunAsync(string folder, string command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(ProjectRoot.Path, "infra", "services.sh"), command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var variable in Variables)
            start.Environment.Remove(variable);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        start.Environment["OPTIINFRA_RUN_DIR"] = folder;
        // the next free port where one is taken
        start.Environment["CI"] = "true";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"infra/services.sh {command} in {folder} ended with {process.ExitCode}: {await output}{await errors}");
    }
}
