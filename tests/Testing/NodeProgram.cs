using System.Diagnostics;
using Xunit;

namespace OptiInfra.Testing;

/// <summary>A script of the folder Node beside a test project, with the npm packages that infra/test.sh installs there.</summary>
public sealed class NodeProgram : IDisposable
{
    readonly Process process;
    readonly Task<string> faults;

    /// <summary>Starts <c>node SCRIPT ARGUMENTS</c>.</summary>
    /// <param name="project">The test project's folder under tests/, such as Gateway.Tests.</param>
    public NodeProgram(string project, string script, params IEnumerable<string> arguments)
    {
        var folder = Path.Combine(ProjectRoot.Path, "tests", project, "Node");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
            Assert.Fail($"Run 'npm ci' in {folder} first, as infra/test.sh does.");
        process = Process.Start(new ProcessStartInfo("node", [script, .. arguments])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        faults = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The next line that it prints; null once it has ended.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken) => await process.StandardOutput.ReadLineAsync(cancellationToken);

    /// <summary>What it printed from here to its end, faults last.</summary>
    public async Task<IReadOnlyList<string>> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return [.. (output + await faults).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>All lines of a script that ends by itself, within two minutes.</summary>
    public static async Task<IReadOnlyList<string>> LinesAsync(string project, string script, params IEnumerable<string> arguments)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var program = new NodeProgram(project, script, arguments);
        return await program.ReadToEndAsync(limit.Token);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }
}
