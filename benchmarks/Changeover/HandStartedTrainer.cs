using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using OptiInfra.EndToEnd.Tests.LiveMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Benchmarks.Changeover;

/// <summary>What a move would take if nothing had to be decided, kept or handed over: a trainer that somebody starts on his own machine.</summary>
static class HandStartedTrainer
{
    static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <summary>Starts one in standby, which reads the job's newest checkpoint and writes nothing, and ends it.</summary>
    /// <returns>Seconds until it answers /health, and until it says there that it stands by.</returns>
    public static async Task<(double Serves, double StandsBy)> MeasureAsync(JobScene scene, CancellationToken cancellationToken)
    {
        // of a later epoch than any trainer of the job
        var start = new ProcessStartInfo("python3",
            ["-B", "linear_regression.py", "--bucket", JobCheckpoints.Bucket, "--prefix", $"jobs/{scene.Platform.Id:D}", "--epoch", "999999", "--standby", "--host", "127.0.0.1", "--port", "0", .. JobScene.Options(Pace.Endless).Split(' ')])
        {
            WorkingDirectory = Path.Combine(ProjectRoot.Path, "infra", "training"), UseShellExecute = false, RedirectStandardOutput = true,
        };
        foreach (var (name, value) in ((string, string)[])[
            ("AWS_ACCESS_KEY_ID", "demo-access-key"), ("AWS_SECRET_ACCESS_KEY", "demo-secret-key"), ("AWS_REGION", "us-east-1"), ("AWS_ENDPOINT_URL_S3", scene.Platform.CloudUrl),
            // nothing is there, as outside a cloud
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")])
            start.Environment[name] = value;

        var began = Stopwatch.GetTimestamp();
        using var trainer = Process.Start(start)!;
        try
        {
            var serving = JsonSerializer.Deserialize<JsonElement>(await trainer.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new BenchmarkException("The trainer ended before it served."));
            _ = trainer.StandardOutput.ReadToEndAsync(cancellationToken);
            using var http = new HttpClient();
            double? serves = null;
            while (Stopwatch.GetElapsedTime(began) < Bound)
            {
                var health = await http.GetFromJsonAsync<JsonElement>($"http://{serving.GetProperty("address").GetString()}/health", cancellationToken);
                var now = Stopwatch.GetElapsedTime(began).TotalSeconds;
                serves ??= now;
                if (health.GetProperty("state").GetString() == "standby")
                    return health.GetProperty("resumed_from").ValueKind is JsonValueKind.Object ? (serves.Value, now) : throw new BenchmarkException("The trainer found no checkpoint.");
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }

            throw new BenchmarkException(string.Create(CultureInfo.InvariantCulture, $"The trainer did not stand by within {Bound.TotalSeconds} s."));
        }
        finally
        {
            trainer.Kill();
            await trainer.WaitForExitAsync(CancellationToken.None);
        }
    }
}
