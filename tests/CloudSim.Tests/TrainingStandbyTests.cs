using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace OptiInfra.CloudSim.Tests;

/// <summary>A trainer in standby can be thrown away without a trace; promoted, it is the only one that writes, and loses nothing.</summary>
public sealed class TrainingStandbyTests
{
    /// <summary>A pause after each step (a hundredth of it by the wall's clock), so that something can happen in between.</summary>
    private static readonly string[] Slowly = ["--iteration-delay", "2"];
    /// <summary>Nothing happens by itself, within a test.</summary>
    private static readonly string[] Waiting = ["--iteration-delay", "1000000"];

    [Fact]
    public async Task A_standby_serves_and_trains_and_writes_nothing()
    {
        await using var scene = await S3Scene.StartAsync();
        await using var old = TrainingRun.Start(scene, "jobs/shadow", 1, [.. Slowly, "--iterations", "60"]);
        await old.SaysAsync("checkpoint");
        await old.KillAsync();
        var before = await KeysAsync(scene);
        await using var young = TrainingRun.StartServing(scene, "jobs/shadow", 2, "--standby", "--iterations", "60");
        await young.SaysAsync("standby");
        await Testing.Eventually.TrueAsync(async () => (await young.HealthAsync()).GetProperty("step").GetInt32() == 60, TimeSpan.FromSeconds(60), "the last step in standby");

        var health = await young.HealthAsync();
        var last = old.Events("checkpoint")[^1];
        Assert.Equal("standby", health.GetProperty("state").GetString());
        Assert.Equal(last.GetProperty("step").GetInt32(), health.GetProperty("resumed_from").GetProperty("step").GetInt32());
        Assert.Equal(1, health.GetProperty("resumed_from").GetProperty("epoch").GetInt32());
        Assert.Equal(last.GetProperty("manifest").GetString(), health.GetProperty("resumed_from").GetProperty("manifest").GetString());
        Assert.Equal(last.GetProperty("loss").GetString(), health.GetProperty("resumed_from").GetProperty("loss_hex").GetString());
        using var http = new HttpClient { BaseAddress = await young.AddressAsync() };
        using var prediction = await http.PostAsJsonAsync("/predict", new { features = new[] { 0.5, -0.5, 1.0 } });
        Assert.Equal(60, (await prediction.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("step").GetInt32());
        using var unsigned = await http.PostAsync("/promote", null);
        Assert.Equal(HttpStatusCode.Unauthorized, unsigned.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await young.AskAsync("/checkpoint")).Status);

        await young.TerminateAsync();
        Assert.Equal(143, await young.EndAsync());
        Assert.Equal(before, await KeysAsync(scene));
        Assert.Equal(1, (await DocumentAsync(scene, "jobs/shadow/FENCE")).GetProperty("epoch").GetInt32());
    }

    [Fact]
    public async Task A_promoted_standby_keeps_its_steps_where_nothing_newer_was_written()
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var old = TrainingRun.Start(scene, "jobs/kept", 1, Slowly);
        await old.SaysAsync("checkpoint", 2);
        await old.KillAsync();
        await using var young = TrainingRun.Start(scene, "jobs/kept", 2, ["--standby", .. Slowly]);
        await young.SaysAsync("standby");
        var (status, body) = await young.PromoteAsync();
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("training", body.GetProperty("state").GetString());
        Assert.Equal(2, (await DocumentAsync(scene, "jobs/kept/LATEST")).GetProperty("epoch").GetInt32());
        Assert.Equal(expected, await young.LossAsync());
        Assert.Single(young.Events("resumed"));
        Assert.True(young.Events("promoted").Single().GetProperty("step").GetInt32() >= young.Events("resumed")[0].GetProperty("step").GetInt32());
    }

    [Fact]
    public async Task A_promoted_standby_takes_up_what_was_written_meanwhile_and_the_old_one_serves_on()
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var old = TrainingRun.StartServing(scene, "jobs/meanwhile", 1, Slowly);
        await old.SaysAsync("checkpoint", 2);
        await using var young = TrainingRun.Start(scene, "jobs/meanwhile", 2, ["--standby", .. Slowly]);
        await young.SaysAsync("standby");
        var before = old.Events("checkpoint").Count;
        await old.SaysAsync("checkpoint", before + 2);
        Assert.Empty(old.Events("fenced"));
        var (status, body) = await young.PromoteAsync();
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(body.GetProperty("resumed_from").GetProperty("step").GetInt32() > young.Events("resumed")[0].GetProperty("step").GetInt32());
        await old.SaysAsync("fenced");
        Assert.Equal(expected, await young.LossAsync());
        Assert.Equal(2, young.Events("resumed").Count);

        using var http = new HttpClient { BaseAddress = await old.AddressAsync() };
        using var prediction = await http.PostAsJsonAsync("/predict", new { features = new[] { 0.5, -0.5, 1.0 } });
        Assert.Equal(HttpStatusCode.OK, prediction.StatusCode);
        Assert.Equal("fenced", (await old.HealthAsync()).GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.Conflict, (await old.AskAsync("/checkpoint")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await old.PromoteAsync()).Status);
        await old.TerminateAsync();
        Assert.Equal(3, await old.EndAsync());
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData("LATEST")]
    [InlineData("all")]
    public async Task What_is_torn_between_standby_and_promotion_does_no_harm(string what)
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var old = TrainingRun.Start(scene, "jobs/torn", 1, Slowly);
        await old.SaysAsync("checkpoint", 3);
        await old.KillAsync();
        await using var young = TrainingRun.Start(scene, "jobs/torn", 2, ["--standby", .. Slowly]);
        await young.SaysAsync("standby");
        var checkpoints = (await KeysAsync(scene)).Where(key => key.StartsWith("jobs/torn/data/", StringComparison.Ordinal)).ToList();
        foreach (var key in what switch { "checkpoint" => checkpoints[^1..], "LATEST" => ["jobs/torn/LATEST"], _ => checkpoints })
        {
            await scene.PutAsync(key, (await scene.ReadAsync(key))[..^9]);
        }

        var (status, body) = await young.PromoteAsync();
        Assert.Equal(HttpStatusCode.OK, status);
        var resumed = young.Events("resumed")[0].GetProperty("step").GetInt32();
        var now = body.GetProperty("resumed_from");
        Assert.True(
            what switch
            {
                "LATEST" => now.GetProperty("step").GetInt32() == resumed,
                "checkpoint" => now.GetProperty("step").GetInt32() < resumed,
                _ => now.ValueKind == JsonValueKind.Null,
            },
            body.ToString());
        Assert.Equal(expected, await young.LossAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_standbys_that_are_both_promoted_the_higher_epoch_alone_writes(bool higherFirst)
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var old = TrainingRun.StartServing(scene, "jobs/three", 1, Slowly);
        await old.SaysAsync("checkpoint", 2);
        await using var second = TrainingRun.StartServing(scene, "jobs/three", 2, ["--standby", .. Slowly]);
        await using var third = TrainingRun.Start(scene, "jobs/three", 3, ["--standby", .. Slowly]);
        await Task.WhenAll(second.SaysAsync("standby"), third.SaysAsync("standby"));
        var (earlier, later) = higherFirst ? (third, second) : (second, third);
        Assert.Equal(HttpStatusCode.OK, (await earlier.PromoteAsync()).Status);
        Assert.Equal(higherFirst ? HttpStatusCode.Conflict : HttpStatusCode.OK, (await later.PromoteAsync()).Status);
        await Task.WhenAll(old.SaysAsync("fenced"), second.SaysAsync("fenced"));
        Assert.Equal(expected, await third.LossAsync());

        // a line of manifests, each naming the one before it, that goes through no one's work twice
        var manifest = (await DocumentAsync(scene, "jobs/three/LATEST")).GetProperty("manifest").GetString();
        var epochs = new List<int>();
        while (manifest is not null)
        {
            var document = await DocumentAsync(scene, manifest);
            epochs.Add(document.GetProperty("epoch").GetInt32());
            manifest = document.GetProperty("previous").GetString();
        }

        Assert.Equal(epochs.OrderDescending(), epochs);
        Assert.Equal(3, epochs[0]);
    }

    [Fact]
    public async Task A_promotion_that_s3_does_not_let_through_can_be_asked_for_again()
    {
        await using var scene = await S3Scene.StartAsync();
        await using var run = TrainingRun.StartServing(scene, "jobs/refused", 1, ["--standby", .. Waiting]);
        await run.SaysAsync("standby");
        await scene.Cloud.ControlAsync("faults", new { kind = "s3", operation = "PutObject", code = "SlowDown", status = 503 });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await run.PromoteAsync()).Status);
        Assert.Equal("standby", (await run.HealthAsync()).GetProperty("state").GetString());
        (await scene.Cloud.Http.DeleteAsync("/control/faults")).Dispose();
        Assert.Equal(HttpStatusCode.OK, (await run.PromoteAsync()).Status);
        Assert.Equal(HttpStatusCode.OK, (await run.PromoteAsync()).Status);
        Assert.Single(run.Events("promoted"));
        Assert.Equal("training", (await run.HealthAsync()).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_standby_that_has_done_all_steps_waits_to_save_them()
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var run = TrainingRun.StartServing(scene, "jobs/early", 1, "--standby");
        await Testing.Eventually.TrueAsync(async () => (await run.HealthAsync()).GetProperty("step").GetInt32() == 200, TimeSpan.FromSeconds(60), "the last step in standby");
        Assert.Equal(JsonValueKind.Null, (await run.HealthAsync()).GetProperty("resumed_from").ValueKind);
        Assert.DoesNotContain(await KeysAsync(scene), key => key.StartsWith("jobs/early/", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await run.PromoteAsync()).Status);
        await run.SaysAsync("completed");
        Assert.Equal(expected, run.Events("completed")[0].GetProperty("loss").GetString());
        Assert.Equal(200, (await DocumentAsync(scene, "jobs/early/LATEST")).GetProperty("step").GetInt32());
        var (status, body) = await run.PromoteAsync();
        Assert.Equal((HttpStatusCode.OK, "completed"), (status, body.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task One_that_was_promoted_takes_over_again_when_it_is_started_again()
    {
        await using var scene = await S3Scene.StartAsync();
        var expected = await UndisturbedAsync(scene);
        await using var first = TrainingRun.Start(scene, "jobs/again", 2, ["--standby", .. Slowly]);
        await first.SaysAsync("standby");
        await first.PromoteAsync();
        await first.SaysAsync("checkpoint");
        await first.KillAsync();
        await using var second = TrainingRun.Start(scene, "jobs/again", 2, "--standby");
        Assert.Equal(expected, await second.LossAsync());
        Assert.Empty(second.Events("standby"));
    }

    private static async Task<string> UndisturbedAsync(S3Scene scene)
    {
        await using var run = TrainingRun.Start(scene, "jobs/undisturbed", 1);
        return await run.LossAsync();
    }

    private static async Task<List<string>> KeysAsync(S3Scene scene) =>
        [.. (await scene.Client.ListObjectsV2Async(new() { BucketName = S3Scene.Bucket })).S3Objects.Select(one => one.Key)];

    private static async Task<JsonElement> DocumentAsync(S3Scene scene, string key) => JsonSerializer.Deserialize<JsonElement>(await scene.ReadAsync(key));
}
