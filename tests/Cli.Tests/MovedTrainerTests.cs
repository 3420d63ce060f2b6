using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests;

/// <summary>Two real trainers, a real proxy, and users who call all the time while the job moves: standby, switch, fence, end of the old one.</summary>
public sealed class MovedTrainerTests : IAsyncLifetime
{
    const string Token = "test-token";
    const string Bucket = "checkpoints";
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    static readonly string Folder = Path.Combine(ProjectRoot.Path, "infra", "training");

    readonly Guid job = Guid.CreateVersion7();
    readonly HttpClient http = new();
    readonly List<Process> trainers = [];
    Platform platform = null!;
    CloudInABox cloud = null!;

    public async ValueTask InitializeAsync()
    {
        platform = await Platform.CreateAsync();
        cloud = await CloudInABox.StartAsync();
        using var bucket = Python("-c", $"from s3_objects import *; Bucket('{Bucket}', Credentials(None), print)._patiently('PUT', '')");
        await bucket.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var trainer in trainers)
        {
            trainer.Kill();
            await trainer.WaitForExitAsync();
            trainer.Dispose();
        }

        http.Dispose();
        await cloud.DisposeAsync();
        await platform.DisposeAsync();
    }

    [Fact]
    public async Task a_job_moves_without_a_failed_request_and_ends_with_the_same_loss()
    {
        var alone = await TrainAsync("jobs/alone", 1, "--iteration-delay", "0");
        var first = await TrainAsync("jobs/moved", 1, "--iteration-delay", "0.05");
        var environment = platform.Environment;
        environment["OPTIINFRA_PROXY_URL"] = $"http://127.0.0.1:{TcpRelay.FreePort()}";
        await using var proxy = CliProcess.Start(environment, "run", "--roles", "proxy");
        await proxy.UntilErrorSaysAsync("OptiInfra runs as proxy");
        var spec = new TrainingJobSpec { Name = "fraud", Program = new TrainingProgram([], "#!/bin/bash", ""), Needs = new MachineNeeds { ImageId = "ami-1" }, Bucket = Bucket, EstimatedHours = 1 };
        await platform.AppendAsync(job, new JobSubmitted(job, "default", "ada", spec, "jobs/moved", DateTimeOffset.UnixEpoch), Switch(1, first));
        await EventuallyAsync(async () => (await PredictAsync(environment)).Epoch == 1, "an answer of the first trainer");

        ConcurrentDictionary<int, int> answers = new();
        ConcurrentQueue<string> failures = new();
        using var stop = new CancellationTokenSource();
        var users = Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                var (status, epoch) = await PredictAsync(environment);
                if (status == HttpStatusCode.OK)
                    answers.AddOrUpdate(epoch, 1, (_, count) => count + 1);
                else
                    failures.Enqueue(status.ToString());
            }
        }));
        await EventuallyAsync(async () => (await HealthAsync(first)).GetProperty("checkpoint").ValueKind == JsonValueKind.Object, "a checkpoint");
        var second = await TrainAsync("jobs/moved", 2, "--standby", "--iteration-delay", "0.05");
        await EventuallyAsync(async () => (await HealthAsync(second)).GetProperty("state").GetString() == "standby", "the standby");
        await platform.AppendAsync(job, Switch(2, second));
        await EventuallyAsync(() => Task.FromResult(answers.GetValueOrDefault(2) > 0), "answers of the second trainer");
        Assert.Equal("training", (await HealthAsync(first)).GetProperty("state").GetString());
        using var promote = new HttpRequestMessage(HttpMethod.Post, $"http://{second}/promote") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Token) } };
        using (var promoted = await http.SendAsync(promote))
            Assert.Equal(HttpStatusCode.OK, promoted.StatusCode);

        await EventuallyAsync(async () => (await HealthAsync(first)).GetProperty("state").GetString() == "fenced", "the fence");
        trainers[1].Kill();
        await EventuallyAsync(async () => (await HealthAsync(second)).GetProperty("state").GetString() == "completed", "the last step");
        await EventuallyAsync(async () => (await HealthAsync(alone)).GetProperty("state").GetString() == "completed", "the last step of the undisturbed run");
        await stop.CancelAsync();
        await users;
        Assert.Empty(failures);
        Assert.Equal([1, 2], answers.Keys.Order());
        Assert.Equal((await HealthAsync(alone)).GetProperty("loss_hex").GetString(), (await HealthAsync(second)).GetProperty("loss_hex").GetString());
    }

    EndpointSwitchRequested Switch(int epoch, string address) => new(job, epoch, address, false, DateTimeOffset.UnixEpoch);

    async Task<(HttpStatusCode Status, int Epoch)> PredictAsync(Dictionary<string, string> environment)
    {
        using var response = await http.PostAsJsonAsync($"{environment["OPTIINFRA_PROXY_URL"]}/jobs/{job}/predict", new { features = new[] { 0.5, -0.5, 1.0 } });
        return (response.StatusCode, response.IsSuccessStatusCode ? (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("epoch").GetInt32() : 0);
    }

    async Task<JsonElement> HealthAsync(string address) => await http.GetFromJsonAsync<JsonElement>($"http://{address}/health");

    static Task EventuallyAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(condition, Patience, what);

    /// <returns>Its host and port.</returns>
    async Task<string> TrainAsync(string prefix, int epoch, params string[] options)
    {
        var trainer = Python(
        [
            "linear_regression.py", "--bucket", Bucket, "--prefix", prefix, "--epoch", epoch.ToString(CultureInfo.InvariantCulture), "--iterations", "300", "--samples", "40",
            "--features", "3", "--checkpoint-every", "20", "--port", "0", "--host", "127.0.0.1", .. options,
        ]);
        trainers.Add(trainer);
        var serving = JsonSerializer.Deserialize<JsonElement>((await trainer.StandardOutput.ReadLineAsync())!);
        // what else it says is not asked for, but must not fill the pipe
        _ = trainer.StandardOutput.ReadToEndAsync();
        return serving.GetProperty("address").GetString()!;
    }

    Process Python(params string[] arguments)
    {
        var start = new ProcessStartInfo("python3", ["-B", .. arguments]) { WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var (name, value) in cloud.Environment)
            start.Environment[name] = value;
        start.Environment["AWS_ENDPOINT_URL_S3"] = cloud.Url;
        start.Environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:9";
        start.Environment["TRAINING_CHECKPOINT_TOKEN"] = Token;
        return Process.Start(start)!;
    }
}
