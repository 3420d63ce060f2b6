using System.Diagnostics;
using System.Net.Http.Json;
using Amazon.Runtime;
using OptiInfra.Aws.CloudWatch;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.Tests.CloudSim;
using OptiInfra.Testing;

[assembly: AssemblyFixture(typeof(CloudSimProcess))]

namespace OptiInfra.Aws.Tests.CloudSim;

/// <summary>The cloud in a box as a program of its own on a free port, with a clock that runs 60 times as fast as the wall's.</summary>
public sealed class CloudSimProcess : IAsyncLifetime
{
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);

    private readonly HttpClient _control = new();
    private Process? _process;

    public string Url { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        // …/tests/Aws.Tests/bin/CONFIGURATION/FRAMEWORK: the program was built beside, with the same configuration
        var framework = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(ProjectRoot.Path, "infra", "CloudSim", "bin", framework.Parent!.Name, framework.Name, "cloudsim.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in new[] { program, "--url", "http://127.0.0.1:0", "--seed", "7", "--clock-speed", "60" })
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        using var bound = new CancellationTokenSource(StartBound);
        var errors = _process.StandardError.ReadToEndAsync(bound.Token);
        const string Announcement = "cloudsim listens on ";
        while (await _process.StandardOutput.ReadLineAsync(bound.Token) is { } line)
        {
            if (!line.StartsWith(Announcement, StringComparison.Ordinal))
                continue;
            Url = line[Announcement.Length..];
            _control.BaseAddress = new Uri(Url);
            // its further output would block it once the pipe is full
            _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return;
        }

        throw new InvalidOperationException($"cloudsim did not start: {await errors}");
    }

    internal AmazonEC2Client Ec2(string secretKey = "demo-secret-key") => new(
        new BasicAWSCredentials("demo-access-key", secretKey),
        new AmazonEC2Config { ServiceURL = Url, AuthenticationRegion = "us-east-1", FirstBackoff = TimeSpan.FromMilliseconds(50) });

    internal AmazonCloudWatchClient CloudWatch() => new(
        new BasicAWSCredentials("demo-access-key", "demo-secret-key"),
        new AmazonCloudWatchConfig { ServiceURL = Url, AuthenticationRegion = "us-east-1" });

    /// <summary>Makes something go wrong, as CloudSim's control API words it.</summary>
    internal async Task FaultAsync(object fault)
    {
        using var response = await _control.PostAsJsonAsync("/control/faults", fault);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        if (_process is null)
            return;
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
