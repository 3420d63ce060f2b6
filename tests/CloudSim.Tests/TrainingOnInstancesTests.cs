using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

/// <summary>The whole of it: instances that get the training script as user data, an interruption, and another instance that goes on.</summary>
public sealed class TrainingOnInstancesTests
{
    private const string Options = "--iterations 400 --samples 40 --features 3 --checkpoint-every 50";

    [Fact]
    public async Task An_interrupted_job_goes_on_elsewhere_to_the_same_loss()
    {
        // 120 seconds of notice last forty by the wall's clock: an instance runs at low priority, and the machine may be busy
        await using var scene = await S3Scene.StartAsync(new() { ClockSpeed = 3 });
        await using var undisturbed = TrainingRun.Start(scene, "jobs/undisturbed", 1, Options.Split(' '));
        var expected = await undisturbed.LossAsync();

        await using var machines = new MachineScene(scene.Cloud);
        var first = await LaunchAsync(machines, epoch: 1, Options + " --iteration-delay 0.3");
        await PromoteAsync(machines, first);
        await machines.ConsoleSaysAsync(first, "\"reason\": \"periodic\"");
        await scene.Cloud.ControlAsync("interruptions", new { instances = new { instanceIds = new[] { first } } });
        await machines.ConsoleSaysAsync(first, "\"event\": \"notice\"");
        await machines.ConsoleSaysAsync(first, "\"reason\": \"notice\"");
        var noticed = Events(await machines.ConsoleAsync(first), "checkpoint").First(entry => entry.GetProperty("reason").GetString() == "notice").GetProperty("step").GetInt32();
        await Eventually.TrueAsync(async () => await scene.Cloud.StateAsync(first) == "terminated", MachineScene.Bound, "the end of the interrupted instance");

        var second = await LaunchAsync(machines, epoch: 2, Options);
        await PromoteAsync(machines, second);
        await machines.ConsoleSaysAsync(second, "\"event\": \"completed\"");
        var console = await machines.ConsoleAsync(second);
        Assert.True(Events(console, "resumed").Single().GetProperty("step").GetInt32() >= noticed, console);
        Assert.Equal(expected, Events(console, "completed").Single().GetProperty("loss").GetString());

        // the finished model is served where DescribeInstances says
        var health = JsonSerializer.Deserialize<JsonElement>(await scene.Cloud.Http.GetStringAsync($"http://{await machines.AddressAsync(second)}:8080/health"));
        Assert.Equal("completed", health.GetProperty("state").GetString());
        Assert.Equal(expected, health.GetProperty("loss_hex").GetString());
    }

    [Fact]
    public async Task Of_two_instances_the_older_is_fenced_even_if_it_will_not_die()
    {
        await using var scene = await S3Scene.StartAsync(new() { ClockSpeed = 20 });
        await using var machines = new MachineScene(scene.Cloud);
        var old = await LaunchAsync(machines, epoch: 1, Options + " --iteration-delay 2");
        await PromoteAsync(machines, old);
        await machines.ConsoleSaysAsync(old, "\"event\": \"checkpoint\"");
        await scene.Cloud.ControlAsync("faults", new { kind = "slow-termination", seconds = 100_000 });
        await scene.Cloud.Ec2Async("TerminateInstances", ("InstanceId.1", old));
        var young = await LaunchAsync(machines, epoch: 2, Options);
        await PromoteAsync(machines, young);
        await machines.ConsoleSaysAsync(young, "\"event\": \"completed\"");
        await machines.ConsoleSaysAsync(old, "\"event\": \"fenced\"");
        Assert.Equal("shutting-down", await scene.Cloud.StateAsync(old));
        var latest = JsonSerializer.Deserialize<JsonElement>(await scene.ReadAsync("jobs/fraud/LATEST"));
        Assert.Equal((2, 400), (latest.GetProperty("epoch").GetInt32(), latest.GetProperty("step").GetInt32()));
    }

    [Fact]
    public async Task A_trainer_that_died_after_its_promotion_goes_on_without_another()
    {
        await using var scene = await S3Scene.StartAsync(new() { ClockSpeed = 20 });
        await using var machines = new MachineScene(scene.Cloud);
        var id = await LaunchAsync(machines, epoch: 2, Options + " --iteration-delay 2");
        await PromoteAsync(machines, id);
        await machines.ConsoleSaysAsync(id, "\"reason\": \"periodic\"");
        using (var kill = Process.Start("kill", ["-KILL", TrainerOf(id)]))
        {
            await kill.WaitForExitAsync();
        }

        await machines.ConsoleSaysAsync(id, "\"status\": 137");
        await machines.ConsoleSaysAsync(id, "\"event\": \"resumed\"");
        await machines.ConsoleSaysAsync(id, "\"event\": \"completed\"");
        Assert.Single(Events(await machines.ConsoleAsync(id), "standby"));
    }

    [Fact]
    public void The_user_data_are_no_larger_than_EC2_takes()
    {
        const int most = 16 * 1024;
        var size = Convert.FromBase64String(UserData(12, Options + " --iteration-delay 0.25 --learning-rate 0.02")).Length;
        Assert.True(size < most, $"{size} bytes, packed; EC2 takes {most}");
    }

    [Fact]
    public async Task An_interruption_notice_in_standby_is_shown_and_nothing_is_saved()
    {
        await using var scene = await S3Scene.StartAsync(new() { ClockSpeed = 3 });
        await using var machines = new MachineScene(scene.Cloud);
        var id = await LaunchAsync(machines, epoch: 1, Options);
        await machines.ConsoleSaysAsync(id, "\"event\": \"standby\"");
        await scene.Cloud.ControlAsync("interruptions", new { instances = new { instanceIds = new[] { id } } });
        await machines.ConsoleSaysAsync(id, "\"event\": \"notice\"");
        var health = JsonSerializer.Deserialize<JsonElement>(await scene.Cloud.Http.GetStringAsync($"http://{await machines.AddressAsync(id)}:8080/health"));
        Assert.Equal(("standby", true), (health.GetProperty("state").GetString(), health.GetProperty("notice").GetBoolean()));
        // it stops with the instance: whoever reads its console to the end finds no checkpoint there
        await machines.ConsoleSaysAsync(id, "\"status\": 143");
        Assert.Empty(Events(await machines.ConsoleAsync(id), "checkpoint"));
    }

    private static async Task<string> LaunchAsync(MachineScene machines, int epoch, string options)
    {
        var id = await machines.Cloud.LaunchAsync(("UserData", UserData(epoch, options)), ("ClientToken", Guid.NewGuid().ToString("N")));
        await machines.Cloud.ControlAsync("clock/advance", new { seconds = 40 });
        return id;
    }

    /// <summary>Waits until the trainer stands by, and makes it take over.</summary>
    private static async Task PromoteAsync(MachineScene machines, string id)
    {
        await machines.ConsoleSaysAsync(id, "\"event\": \"standby\"");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{await machines.AddressAsync(id)}:8080/promote");
        request.Headers.Authorization = new("Bearer", TrainingRun.Token);
        using var response = await machines.Cloud.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Fills infra/training/user-data.sh.template in as its head says.</summary>
    private static string UserData(int epoch, string options)
    {
        var files = Directory.GetFiles(TrainingRun.Folder, "*.py")
            .Select(file => $"cat > {Path.GetFileName(file)} <<'END_OF_FILE'\n{File.ReadAllText(file)}END_OF_FILE");
        // the head explains the marks by their names, so it goes first
        var template = File.ReadAllText(Path.Combine(TrainingRun.Folder, "user-data.sh.template"));
        var script = "#!/bin/bash\n" + template[template.IndexOf("set -u", StringComparison.Ordinal)..]
            .Replace("@JOB@", "fraud", StringComparison.Ordinal)
            .Replace("@BUCKET@", S3Scene.Bucket, StringComparison.Ordinal)
            .Replace("@PREFIX@", "jobs/fraud", StringComparison.Ordinal)
            .Replace("@EPOCH@", epoch.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("@TOKEN@", TrainingRun.Token, StringComparison.Ordinal)
            .Replace("@OPTIONS@", options, StringComparison.Ordinal)
            .Replace("@FILES@", string.Join('\n', files), StringComparison.Ordinal);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(script));
        }

        return Convert.ToBase64String(packed.ToArray());
    }

    /// <summary>The process that trains on this instance.</summary>
    private static string TrainerOf(string id) => Directory.EnumerateDirectories("/proc")
        .Where(process => Reads(process + "/cmdline", "linear_regression.py") && Reads(process + "/environ", $"INSTANCE_ID={id}\0"))
        .Select(Path.GetFileName)
        .Single()!;

    private static bool Reads(string file, string text)
    {
        try
        {
            return File.ReadAllText(file).Contains(text, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<JsonElement> Events(string console, string name) => console.Split('\n')
        .Where(line => line.StartsWith('{'))
        .Select(line => JsonSerializer.Deserialize<JsonElement>(line))
        .Where(entry => entry.GetProperty("event").GetString() == name);
}
