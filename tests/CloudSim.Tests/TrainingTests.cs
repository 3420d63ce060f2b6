using System.Text.Json;

namespace OptiInfra.CloudSim.Tests;

/// <summary>The training script against the box's S3: whatever happens to it, the loss at the end is the same to the last bit.</summary>
public sealed class TrainingTests
{
    /// <summary>A pause after each step (a hundredth of it by the wall's clock), so that something can happen in between.</summary>
    private static readonly string[] Slowly = ["--iteration-delay", "2"];

    [Fact]
    public async Task A_run_writes_data_then_manifest_then_latest()
    {
        await using var scene = await S3Scene.StartAsync();
        await using var run = TrainingRun.Start(scene, "jobs/a", 1);
        await run.LossAsync();
        var keys = await KeysAsync(scene, "jobs/a/");
        Assert.Equal(10, keys.Count(key => key.StartsWith("jobs/a/manifests/", StringComparison.Ordinal)));
        Assert.Equal(10, keys.Count(key => key.StartsWith("jobs/a/data/", StringComparison.Ordinal)));
        var latest = await DocumentAsync(scene, "jobs/a/LATEST");
        Assert.Equal(200, latest.GetProperty("step").GetInt32());
        var manifest = await DocumentAsync(scene, latest.GetProperty("manifest").GetString()!);
        Assert.Equal("jobs/a/manifests/step-00000180-epoch-0001.json", manifest.GetProperty("previous").GetString());
        var losses = run.Events("checkpoint").Select(entry => (step: entry.GetProperty("step").GetInt32(), loss: entry.GetProperty("loss").GetString())).ToList();
        Assert.Equal(Enumerable.Range(1, 10).Select(number => number * 20), losses.Select(entry => entry.step));
        Assert.Equal(10, losses.Select(entry => entry.loss).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stopped_run_resumes_to_the_same_loss(bool killed)
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var first = TrainingRun.Start(scene, "jobs/moved", 1, Slowly);
        await first.SaysAsync("checkpoint", 3);
        if (killed)
        {
            await first.KillAsync();
        }
        else
        {
            await first.TerminateAsync();
            Assert.Equal(143, await first.EndAsync());
            Assert.Equal(first.Events("checkpoint")[^1].GetProperty("step").GetInt32(), (await DocumentAsync(scene, "jobs/moved/LATEST")).GetProperty("step").GetInt32());
        }

        await using var second = TrainingRun.Start(scene, "jobs/moved", 2);
        Assert.Equal(expected, await second.LossAsync());
        var resumed = second.Events("resumed").Single().GetProperty("step").GetInt32();
        Assert.True(resumed >= first.Events("checkpoint")[^1].GetProperty("step").GetInt32(), second.Output);
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("cut")]
    [InlineData("missing")]
    [InlineData("manifest")]
    public async Task A_torn_checkpoint_is_skipped(string how)
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var first = TrainingRun.Start(scene, "jobs/torn", 1, Slowly);
        await first.SaysAsync("checkpoint", 3);
        await first.KillAsync();
        var manifest = (await KeysAsync(scene, "jobs/torn/manifests/"))[^1];
        var data = (await DocumentAsync(scene, manifest)).GetProperty("objects")[0].GetProperty("key").GetString()!;
        await (how switch
        {
            "changed" => scene.PutAsync(data, WithOtherWeight(await scene.ReadAsync(data))),
            "cut" => scene.PutAsync(data, (await scene.ReadAsync(data))[..^20]),
            "missing" => scene.Client.DeleteObjectAsync(S3Scene.Bucket, data),
            _ => (Task)scene.PutAsync(manifest, "{\"step\":"),
        });
        await using var second = TrainingRun.Start(scene, "jobs/torn", 2);
        Assert.Equal(expected, await second.LossAsync());
        Assert.Equal(manifest, second.Events("checkpoint_skipped").Single().GetProperty("manifest").GetString());
        Assert.True(second.Events("resumed").Single().GetProperty("step").GetInt32() is > 0 and var step && manifest.CompareTo($"jobs/torn/manifests/step-{step:D8}") > 0, second.Output);
    }

    [Fact]
    public async Task A_trainer_stops_when_a_higher_epoch_is_fenced_in()
    {
        await using var scene = await S3Scene.StartAsync();
        await using var run = TrainingRun.Start(scene, "jobs/fenced", 1, Slowly);
        await run.SaysAsync("checkpoint");
        await scene.PutAsync("jobs/fenced/FENCE", """{"epoch": 7}""");
        Assert.Equal(3, await run.EndAsync());
        var latest = (await DocumentAsync(scene, "jobs/fenced/LATEST")).GetProperty("step").GetInt32();
        Assert.Equal(run.Events("checkpoint")[^1].GetProperty("step").GetInt32(), latest);
        await using var late = TrainingRun.Start(scene, "jobs/fenced", 6);
        Assert.Equal(3, await late.EndAsync());
    }

    [Fact]
    public async Task One_that_takes_over_from_a_trainer_that_lives_ends_with_the_same_loss()
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var old = TrainingRun.Start(scene, "jobs/two", 1, Slowly);
        await old.SaysAsync("checkpoint", 2);
        await using var young = TrainingRun.Start(scene, "jobs/two", 2, Slowly);
        Assert.Equal(3, await old.EndAsync());
        Assert.Equal(expected, await young.LossAsync());
        Assert.Equal(2, (await DocumentAsync(scene, "jobs/two/LATEST")).GetProperty("epoch").GetInt32());
    }

    [Fact]
    public async Task One_that_never_looks_at_the_fence_cannot_move_latest_either()
    {
        await using var scene = await S3Scene.StartAsync();
        await using var old = TrainingRun.Start(scene, "jobs/blind", 1, Slowly);
        await old.SaysAsync("checkpoint", 2);
        // the fence stays as it was, as if the old trainer had read it just before it was raised
        var latest = await DocumentAsync(scene, "jobs/blind/LATEST");
        await scene.PutAsync("jobs/blind/LATEST", JsonSerializer.Serialize(new { epoch = 2, owner = "another", step = latest.GetProperty("step").GetInt32(), manifest = latest.GetProperty("manifest").GetString() }));
        Assert.Equal(3, await old.EndAsync());
        Assert.Equal("another", (await DocumentAsync(scene, "jobs/blind/LATEST")).GetProperty("owner").GetString());
        // what the old one still wrote beyond its end is no checkpoint of the job
        await using var third = TrainingRun.Start(scene, "jobs/blind", 3);
        await third.LossAsync();
        Assert.Equal(latest.GetProperty("step").GetInt32(), third.Events("resumed").Single().GetProperty("step").GetInt32());
    }

    [Theory]
    [InlineData("PutObject", "jobs/faulty/LATEST", "ConditionalRequestConflict", 409, false)]
    [InlineData("PutObject", "jobs/faulty/LATEST", "PreconditionFailed", 412, false)]
    [InlineData("PutObject", "jobs/faulty/manifests/", "ConditionalRequestConflict", 409, false)]
    [InlineData("PutObject", "jobs/faulty/data/", "SlowDown", 503, false)]
    [InlineData("GetObject", "jobs/faulty/FENCE", "InternalError", 500, false)]
    [InlineData("PutObject", "jobs/faulty/LATEST", null, 503, true)]
    [InlineData("PutObject", "jobs/faulty/manifests/", null, 503, true)]
    [InlineData("PutObject", "jobs/faulty/FENCE", null, 503, true)]
    public async Task A_trainer_gets_over_what_s3_does(string operation, string keyPrefix, string? code, int status, bool loseResponse)
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await scene.Cloud.ControlAsync("faults", new { kind = "s3", operation, keyPrefix, code, status, loseResponse, calls = 3 });
        await using var run = TrainingRun.Start(scene, "jobs/faulty", 1);
        Assert.Equal(expected, await run.LossAsync());
        Assert.Equal(10, run.Events("checkpoint").Count);
        Assert.Equal(200, (await DocumentAsync(scene, "jobs/faulty/LATEST")).GetProperty("step").GetInt32());
    }

    [Fact]
    public async Task A_trainer_works_on_while_s3_takes_nothing()
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var run = TrainingRun.Start(scene, "jobs/outage", 1, Slowly);
        await run.SaysAsync("checkpoint");
        await scene.Cloud.ControlAsync("faults", new { kind = "s3", operation = "PutObject", code = "SlowDown" });
        await run.SaysAsync("checkpoint_failed", 2);
        (await scene.Cloud.Http.DeleteAsync("/control/faults")).Dispose();
        Assert.Equal(expected, await run.LossAsync());
    }

    [Fact]
    public async Task A_checkpoint_of_another_run_is_refused()
    {
        await using var scene = await S3Scene.StartAsync();
        await using var one = TrainingRun.Start(scene, "jobs/same", 1);
        await one.LossAsync();
        await using var other = TrainingRun.Start(scene, "jobs/same", 2, "--seed", "2");
        Assert.Equal(2, await other.EndAsync());
        Assert.Contains("belongs to another run", other.Output, StringComparison.Ordinal);
    }

    /// <summary>As long as before and as readable, but not what was written.</summary>
    private static string WithOtherWeight(string state)
    {
        var digit = state.IndexOf("0x1.", state.IndexOf("\"weights\"", StringComparison.Ordinal), StringComparison.Ordinal) + 2;
        return state[..digit] + "0" + state[(digit + 1)..];
    }

    private static async Task<string> UndisturbedAsync(S3Scene scene)
    {
        await using var run = TrainingRun.Start(scene, "jobs/undisturbed", 1);
        return await run.LossAsync();
    }

    private static async Task<List<string>> KeysAsync(S3Scene scene, string prefix) =>
        [.. (await scene.Client.ListObjectsV2Async(new() { BucketName = S3Scene.Bucket, Prefix = prefix })).S3Objects.Select(one => one.Key)];

    private static async Task<JsonElement> DocumentAsync(S3Scene scene, string key) => JsonSerializer.Deserialize<JsonElement>(await scene.ReadAsync(key));
}
