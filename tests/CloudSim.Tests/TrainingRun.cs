using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

/// <summary>infra/training/linear_regression.py as a process of the test, with the cloud's S3 behind it.</summary>
internal sealed class TrainingRun : IAsyncDisposable
{
    public const string Token = "test-token";
    public static readonly string Folder = Path.Combine(ProjectRoot.Path, "infra", "training");
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;
    private readonly Task _reading;

    private TrainingRun(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>What it has printed so far.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Small enough to be over in a second, unless options say otherwise; ends when it is done.</summary>
    public static TrainingRun Start(S3Scene scene, string prefix, int epoch, params string[] options) =>
        StartServing(scene, prefix, epoch, ["--exit-when-done", .. options]);

    /// <summary>The same, but serves until it is told to stop.</summary>
    public static TrainingRun StartServing(S3Scene scene, string prefix, int epoch, params string[] options)
    {
        string[] arguments =
        [
            Path.Combine(Folder, "linear_regression.py"), "--bucket", S3Scene.Bucket, "--prefix", prefix, "--epoch", epoch.ToString(CultureInfo.InvariantCulture),
            "--iterations", "200", "--samples", "40", "--features", "3", "--checkpoint-every", "20", "--port", "0", "--host", "127.0.0.1",
            .. options,
        ];
        var start = new ProcessStartInfo("python3", ["-B", .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AWS_ACCESS_KEY_ID"] = "demo-access-key";
        start.Environment["AWS_SECRET_ACCESS_KEY"] = "demo-secret-key";
        start.Environment["AWS_REGION"] = "us-east-1";
        start.Environment["AWS_ENDPOINT_URL_S3"] = scene.Cloud.Address.ToString().TrimEnd('/');
        start.Environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:9";
        start.Environment["OPTIINFRA_CLOCK_SPEED"] = "100";
        start.Environment["TRAINING_CHECKPOINT_TOKEN"] = Token;
        return new TrainingRun(Process.Start(start)!);
    }

    /// <summary>Waits for the end; gives the exit status.</summary>
    public async Task<int> EndAsync()
    {
        using var bound = new CancellationTokenSource(Bound);
        await _process.WaitForExitAsync(bound.Token);
        await _reading;
        return _process.ExitCode;
    }

    /// <summary>Waits for the end of a run that must get to its last step; gives the loss, exactly.</summary>
    public async Task<string> LossAsync()
    {
        var status = await EndAsync();
        Assert.True(status == 0, $"status {status}: {Output}");
        return Events("completed").Single().GetProperty("loss").GetString()!;
    }

    public IReadOnlyList<JsonElement> Events(string name) =>
        [.. _lines.Where(line => line.StartsWith('{')).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Where(entry => entry.GetProperty("event").GetString() == name)];

    public Task SaysAsync(string name, int times = 1) =>
        Eventually.TrueAsync(() => Events(name).Count >= times, Bound, $"{times} times {name} in {Output}");

    public async Task<Uri> AddressAsync()
    {
        await SaysAsync("serving");
        return new Uri("http://" + Events("serving")[0].GetProperty("address").GetString());
    }

    public async Task<JsonElement> HealthAsync()
    {
        using var http = new HttpClient();
        return await http.GetFromJsonAsync<JsonElement>(new Uri(await AddressAsync(), "/health"));
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> PromoteAsync() => AskAsync("/promote");

    /// <summary>With the token that only the platform knows.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(string path)
    {
        using var http = new HttpClient { BaseAddress = await AddressAsync() };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        using var response = await http.PostAsync(path, null);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>With SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
        }
    }
}
