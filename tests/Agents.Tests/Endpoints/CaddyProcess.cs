using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using OptiInfra.Testing;

namespace OptiInfra.Agents.Tests.Endpoints;

/// <summary>The real Caddy with a folder and ports of its own, and with nothing but its admin API.</summary>
sealed class CaddyProcess : IAsyncDisposable
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("caddy");
    Process process = null!;

    public Uri Admin { get; } = new($"http://127.0.0.1:{FreePort()}");
    public string Listen { get; } = $"127.0.0.1:{FreePort()}";
    string Log => Path.Combine(folder.FullName, "log");

    /// <summary>Skips the test where there is no Caddy.</summary>
    public static async Task<CaddyProcess> StartAsync()
    {
        Assert.SkipUnless(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(f => File.Exists(Path.Combine(f, "caddy"))),
            "There is no program caddy: `apt-get install caddy` installs it.");
        var caddy = new CaddyProcess();
        await File.WriteAllTextAsync(Path.Combine(caddy.folder.FullName, "first.json"), $$"""{ "admin": { "listen": "{{caddy.Admin.Authority}}" } }""");
        await caddy.RunAsync("--config", "first.json");
        return caddy;
    }

    /// <summary>With SIGKILL, and up again with the configuration that it had.</summary>
    public async Task RestartAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        await RunAsync("--resume");
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        folder.Delete(recursive: true);
    }

    async Task RunAsync(params string[] options)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"exec caddy run {string.Join(' ', options)} >> '{Log}' 2>&1"]) { WorkingDirectory = folder.FullName };
        start.Environment["XDG_CONFIG_HOME"] = start.Environment["XDG_DATA_HOME"] = start.Environment["HOME"] = folder.FullName;
        process = Process.Start(start)!;
        using var http = new HttpClient();
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                using var response = await http.GetAsync(new Uri(Admin, "/config/"));
                return response.IsSuccessStatusCode;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                return false;
            }
        }, Bound, "Caddy's admin API");
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
