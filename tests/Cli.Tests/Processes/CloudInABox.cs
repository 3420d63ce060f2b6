using System.Diagnostics;
using System.Globalization;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests.Processes;

/// <summary>CloudSim as a process of its own, with the demo's fleet.</summary>
sealed class CloudInABox : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Process process;

    CloudInABox(Process process, string url)
    {
        this.process = process;
        Url = url;
    }

    public string Url { get; }

    /// <summary>What the program needs to find it.</summary>
    public Dictionary<string, string> Environment => Settings(Url);

    public static string DemoFile(string name) => Path.Combine(ProjectRoot.Path, "infra", "demo", name);

    public static Dictionary<string, string> Settings(string url) => new(StringComparer.Ordinal)
    {
        ["AWS_ENDPOINT_URL"] = url,
        ["AWS_ACCESS_KEY_ID"] = "demo-access-key",
        ["AWS_SECRET_ACCESS_KEY"] = "demo-secret-key",
        ["AWS_REGION"] = "us-east-1",
        ["AWS_CONFIG_FILE"] = "/dev/null",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["OPTIINFRA_PRICES"] = DemoFile("on-demand-prices.csv"),
    };

    public static async Task<CloudInABox> StartAsync()
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TcpRelay.FreePort()}");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "cloudsim.dll"), "--url", url, "--fleet", DemoFile("fleet.json"), "--seed", "1"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("OPTIINFRA_CLOCK_ORIGIN");
        start.Environment.Remove("OPTIINFRA_CLOCK_SPEED");
        var process = Process.Start(start)!;
        using var client = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await client.GetAsync(new Uri(url + "/health"))).IsSuccessStatusCode;
                }
                catch (HttpRequestException) when (!process.HasExited)
                {
                    return false;
                }
            },
            Patience,
            "CloudSim's health page");
        return new CloudInABox(process, url);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
