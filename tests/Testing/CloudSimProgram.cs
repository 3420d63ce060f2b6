using System.Diagnostics;
using System.Net.Http.Json;

namespace OptiInfra.Testing;

/// <summary>
/// The cloud in a box as a program of its own on a free port. The test project builds it by a reference to
/// infra/CloudSim with ReferenceOutputAssembly="false".
/// </summary>
public sealed class CloudSimProgram : IAsyncDisposable
{
    private const string Announcement = "cloudsim listens on ";
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private CloudSimProgram(Process process, string url)
    {
        _process = process;
        Url = url;
        Control = new HttpClient { BaseAddress = new Uri(url) };
    }

    /// <summary>Where it listens, without a slash at the end; credentials are demo-access-key and demo-secret-key.</summary>
    public string Url { get; }

    /// <summary>For the pages and the control API described in infra/CloudSim/README.md.</summary>
    public HttpClient Control { get; }

    /// <param name="arguments">Its options beside <c>--url</c>, for example <c>--fleet FILE --seed 7</c>.</param>
    /// <exception cref="InvalidOperationException">It did not start; the message has what it said.</exception>
    public static async Task<CloudSimProgram> StartAsync(params string[] arguments)
    {
        // …/tests/X.Tests/bin/CONFIGURATION/FRAMEWORK: the program was built beside, with the same configuration
        var framework = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(ProjectRoot.Path, "infra", "CloudSim", "bin", framework.Parent!.Name, framework.Name, "cloudsim.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])[program, "--url", "http://127.0.0.1:0", .. arguments])
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        using var bound = new CancellationTokenSource(StartBound);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (await process.StandardOutput.ReadLineAsync(bound.Token) is { } line)
        {
            if (!line.StartsWith(Announcement, StringComparison.Ordinal))
                continue;
            // its further output would block it once the pipe is full
            _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return new CloudSimProgram(process, line[Announcement.Length..].Trim().TrimEnd('/'));
        }

        throw new InvalidOperationException($"cloudsim did not start: {await errors}");
    }

    /// <summary>Makes something go wrong, in the control API's words.</summary>
    public async Task FaultAsync(object fault)
    {
        using var response = await Control.PostAsJsonAsync("/control/faults", fault);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
