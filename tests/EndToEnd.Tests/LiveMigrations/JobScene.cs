using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using OptiInfra.Commands;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;
using OptiInfra.Testing;

namespace OptiInfra.EndToEnd.Tests.LiveMigrations;

/// <summary>A training job on the platform as its users have it: its instances are processes of CloudSim, its checkpoints lie in CloudSim's S3.</summary>
public sealed class JobScene : IAsyncDisposable
{
    const int Iterations = 1000;
    const string Model = "--samples 40 --features 3";

    /// <summary>Timers so long that a slow machine's clock, running fast, does not set them off.</summary>
    static readonly JobPolicy Patient = new()
    {
        WatchInterval = TimeSpan.FromSeconds(30),
        SilenceTimeout = TimeSpan.FromHours(2),
        LaunchTimeout = TimeSpan.FromHours(12),
        CheckpointTimeout = TimeSpan.FromHours(6),
        HandoverTimeout = TimeSpan.FromHours(6),
        RetirementTimeout = TimeSpan.FromDays(1),
        Scouting = new ScoutPolicy { MinPlacementScore = 1 },
    };

    JobScene(Scene scene) => (Platform, Checkpoints) = (scene, new JobCheckpoints(scene.CloudUrl, scene.Id));

    public Scene Platform { get; }
    public JobCheckpoints Checkpoints { get; }

    /// <param name="speed">Seconds of the programs' clock per second of the wall; an instance's notice of 120 s lasts 120 / speed.</param>
    public static async Task<JobScene> StartAsync(double speed = 20)
    {
        var scene = new JobScene(await Scene.StartAsync(speed));
        await scene.Checkpoints.MakeBucketAsync();
        return scene;
    }

    /// <param name="program">Changes a file of the trainer by its name and content.</param>
    public async Task SubmitAsync(
        Pace pace = Pace.Endless, Func<JobPolicy, JobPolicy>? policy = null, Func<MachineNeeds, MachineNeeds>? needs = null, Func<string, string, string>? program = null)
    {
        var folder = Path.Combine(ProjectRoot.Path, "infra", "training");
        var template = await File.ReadAllTextAsync(Path.Combine(folder, "user-data.sh.template"));
        var files = Directory.GetFiles(folder, "*.py").Order(StringComparer.Ordinal)
            .Select(f => (Name: Path.GetFileName(f), Content: File.ReadAllText(f))).Select(f => new ProgramFile(f.Name, program?.Invoke(f.Name, f.Content) ?? f.Content)).ToList();
        var machine = new MachineNeeds { ImageId = "ami-0abcdef1234567890", MinVCpus = 2 };
        var spec = new TrainingJobSpec
        {
            Name = "fraud",
            // the head explains the marks by their names, so it goes first
            Program = new TrainingProgram(files, template[template.IndexOf("set -u", StringComparison.Ordinal)..], Options(pace)),
            Needs = needs?.Invoke(machine) ?? machine,
            Bucket = JobCheckpoints.Bucket,
            EstimatedHours = 2,
            Policy = policy?.Invoke(Patient) ?? Patient,
        };
        Assert.IsType<CommandOutcome.Accepted>(await Platform.Execute(new SubmitJob(Platform.Id, SessionOptions.DefaultTenant, "pat", spec)));
    }

    /// <summary>Of the trainer.</summary>
    public static string Options(Pace pace) => string.Create(CultureInfo.InvariantCulture, $"--iterations {Iterations} {Model} ") + pace switch
    {
        Pace.Endless => "--iteration-delay 8 --checkpoint-every 10",
        Pace.Steady => "--iteration-delay 0.4 --checkpoint-every 10",
        _ => "--iteration-delay 0.1",
    };

    public Task<T> Happened<T>(int times = 1) where T : class => Platform.Happened<T>(times);

    /// <summary>Waits until a trainer works; says which one, where and on what.</summary>
    public async Task<(int Epoch, string InstanceId, CapacityPool Pool)> BegunAsync()
    {
        var started = await Happened<TrainingStarted>();
        var (epoch, instanceId) = (await Platform.All<TrainingResumed>()).Select(r => (r.Epoch, r.InstanceId)).Append((started.Epoch, started.InstanceId)).Max();
        return (epoch, instanceId, (await Platform.All<ProvisioningStarted>()).Single(p => p.Epoch == epoch).Pool);
    }

    /// <summary>Where the job's users reach it; its trainer is to have had it once.</summary>
    public async Task<string> AddressAsync() => $"{(await Platform.ProxyUrlAsync()).TrimEnd('/')}/jobs/{Platform.Id:D}";

    /// <summary>S3 does not take the checkpoint of the last step, so that the job does not end before it is let.</summary>
    public Task HoldItsEndAsync() =>
        Platform.Control("faults", new { kind = "s3", operation = "PutObject", keyPrefix = string.Create(CultureInfo.InvariantCulture, $"jobs/{Platform.Id:D}/data/step-{Iterations:d8}"), code = "SlowDown", status = 503 });

    /// <summary>Stops the processes of an instance where they stand; the cloud calls it running.</summary>
    public async Task FreezeAsync(string instanceId)
    {
        var address = (await Platform.All<TrainerReady>()).Single(r => r.InstanceId == instanceId).Address;
        await Platform.Control("faults", new { kind = "signal", instances = new { instanceIds = new[] { instanceId } }, signal = "STOP" });
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using var _ = await http.GetAsync($"http://{address}/health");
                    return false;
                }
                catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
                {
                    return true;
                }
            },
            Scene.Bound, "the trainer to stand still");
    }

    /// <summary>Every spot pool in other zones than this one is had for a third.</summary>
    public async Task CheaperElsewhereAsync(CapacityPool than, int afterSeconds = 0, int? forSeconds = null)
    {
        foreach (var zone in "abcdef".Select(z => $"us-east-1{z}").Where(z => z != than.AvailabilityZone))
            await Platform.Control("faults", new { kind = "spot-price", pool = new { availabilityZone = zone }, factor = 0.33, afterSeconds, forSeconds });
    }

    /// <summary>The loss after so many steps that nobody's move has touched, to the last digit.</summary>
    static async Task<string> UndisturbedLossAsync(int steps)
    {
        var program = $"from regression import Regression\nm = Regression(1, 40, 3, 0.02)\nfor _ in range({steps}): m.advance()\nprint(m.loss.hex())";
        var start = new ProcessStartInfo("python3", ["-B", "-c", program]) { RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = Path.Combine(ProjectRoot.Path, "infra", "training") };
        using var process = Process.Start(start)!;
        return (await process.StandardOutput.ReadToEndAsync()).Trim();
    }

    /// <summary>Waits until the trainer of an epoch has saved more work of its own, and holds its loss against that of an undisturbed run.</summary>
    public async Task TrainsOnAsync(int epoch)
    {
        TrainerCheckpoint? saved = null;
        await Eventually.TrueAsync(
            async () => (saved = (await Platform.All<CheckpointSaved>()).Select(c => c.Checkpoint).FirstOrDefault(c => c.Epoch == epoch)) is not null,
            Scene.Bound, $"a checkpoint of epoch {epoch}");
        Assert.Equal(await UndisturbedLossAsync(saved!.Step), saved.LossHex);
    }

    /// <summary>Waits until the trainer that works has made steps that are not saved.</summary>
    public async Task TrainsBeyondItsCheckpointAsync()
    {
        var ready = await Happened<TrainerReady>();
        using var http = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                var health = await http.GetFromJsonAsync<JsonElement>($"http://{ready.Address}/health");
                return health.GetProperty("step").GetInt32() > health.GetProperty("checkpoint").GetProperty("step").GetInt32();
            },
            Scene.Bound, "a step that is not saved");
    }

    /// <summary>The rest of the job is not waited for: it is cancelled, and everything of it goes.</summary>
    public async Task EndAsync()
    {
        await OneWriterAtATimeAsync();
        Assert.IsType<CommandOutcome.Accepted>(await Platform.Execute(new CancelJob(Platform.Id, "pat", "seen enough")));
        await Happened<JobCancelled>();
        await NothingIsLeftAsync();
    }

    /// <summary>Completed with the right loss, nothing left running, no instance launched twice, no step lost beyond the last checkpoint.</summary>
    public async Task<JobCompleted> CompletedCleanlyAsync()
    {
        var completed = await Happened<JobCompleted>();
        Assert.Equal(Iterations, completed.Step);
        Assert.Equal(await UndisturbedLossAsync(Iterations), completed.LossHex);
        await OneWriterAtATimeAsync();
        await NothingIsLeftAsync();
        return completed;
    }

    /// <summary>No step is lost beyond the last checkpoint, and nobody of an older epoch saved anything after a takeover.</summary>
    async Task OneWriterAtATimeAsync()
    {
        Assert.All(await Platform.All<TrainingResumed>(), r => Assert.InRange(r.LostSteps, 0, 50));
        var works = 0;
        foreach (var e in (await Platform.Events()).Select(e => e.Data))
        {
            works = e switch { TrainingStarted s => s.Epoch, TrainingResumed r => r.Epoch, _ => works };
            if (e is CheckpointSaved saved)
                Assert.True(saved.Checkpoint.Epoch == works, $"step {saved.Checkpoint.Step} of epoch {saved.Checkpoint.Epoch} was seen while epoch {works} worked");
        }
    }

    public async Task NothingIsLeftAsync()
    {
        var machines = (await Platform.Instances()).Where(i => i.MachineRuns is not null).ToList();
        Assert.NotEmpty(machines);
        Assert.All(machines, m => Assert.Equal(("terminated", false), (m.State, m.MachineRuns!.Value)));
        Assert.All(await Platform.Launches(), launch => Assert.Single(launch));
    }

    public ValueTask DisposeAsync()
    {
        Checkpoints.Dispose();
        return Platform.DisposeAsync();
    }
}

/// <summary>How fast a job does its 1,000 steps.</summary>
public enum Pace
{
    /// <summary>Far from its end whatever a slow machine takes; saves every ten steps.</summary>
    Endless,

    /// <summary>About half a minute by the wall at the usual speed; saves every ten steps.</summary>
    Steady,

    /// <summary>Soon over.</summary>
    Brief,
}
