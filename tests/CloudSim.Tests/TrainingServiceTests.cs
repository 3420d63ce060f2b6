using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OptiInfra.Testing;

namespace OptiInfra.CloudSim.Tests;

public sealed class TrainingServiceTests
{
    [Fact]
    public async Task A_trainer_predicts_and_tells_how_it_is()
    {
        await using var scene = await S3Scene.StartAsync();
        await using var run = TrainingRun.Start(scene, "jobs/served", 1, "--iteration-delay", "20");
        using var http = new HttpClient { BaseAddress = await run.AddressAsync() };
        await run.SaysAsync("checkpoint");
        var health = await http.GetFromJsonAsync<JsonElement>("/health");
        Assert.Equal("training", health.GetProperty("state").GetString());
        Assert.Equal(1, health.GetProperty("epoch").GetInt32());
        Assert.Equal(20, health.GetProperty("checkpoint").GetProperty("step").GetInt32());
        Assert.True(health.GetProperty("step").GetInt32() >= 20);

        var one = await PostAsync(http, "/predict", new { features = new[] { 0.5, -0.5, 1.0 } });
        var rows = await PostAsync(http, "/predict", new { rows = new[] { new[] { 0.0, 0.0, 0.0 }, [1.0, 1.0, 1.0] } });
        Assert.Equal(HttpStatusCode.OK, one.Status);
        Assert.Equal(2, rows.Body.GetProperty("predictions").GetArrayLength());
        Assert.NotEqual(rows.Body.GetProperty("predictions")[0].GetDouble(), rows.Body.GetProperty("predictions")[1].GetDouble());
        Assert.True(one.Body.GetProperty("step").GetInt32() >= 20);
        var metrics = await http.GetStringAsync("/metrics");
        Assert.Contains("training_predictions_total 3\n", metrics, StringComparison.Ordinal);
        Assert.Contains("training_checkpoints_total{reason=\"periodic\"} ", metrics, StringComparison.Ordinal);

        foreach (var wrong in new object[] { new { features = new[] { 1.0 } }, new { rows = new[] { "text" } }, new { } })
        {
            var refused = await PostAsync(http, "/predict", wrong);
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
            Assert.Contains("numbers", refused.Body.GetProperty("error").GetString() + " numbers", StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(http, "/nothing", new { })).Status);
    }

    [Fact]
    public async Task A_checkpoint_is_written_at_once_for_who_knows_the_token()
    {
        await using var scene = await S3Scene.StartAsync();
        // a step every ten seconds: the answer must not wait for the next
        await using var run = TrainingRun.Start(scene, "jobs/asked", 1, "--iteration-delay", "1000");
        using var http = new HttpClient { BaseAddress = await run.AddressAsync() };
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(http, "/checkpoint", new { })).Status);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(http, "/checkpoint", new { })).Status);
        Assert.Empty(run.Events("checkpoint"));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TrainingRun.Token);
        await run.SaysAsync("started");
        var saved = await PostAsync(http, "/checkpoint", new { });
        Assert.Equal(HttpStatusCode.OK, saved.Status);
        var latest = JsonSerializer.Deserialize<JsonElement>(await scene.ReadAsync("jobs/asked/LATEST"));
        Assert.Equal(saved.Body.GetProperty("manifest").GetString(), latest.GetProperty("manifest").GetString());
        Assert.Equal(saved.Body.GetProperty("step").GetInt32(), latest.GetProperty("step").GetInt32());
    }

    [Fact]
    public async Task A_checkpoint_hastens_no_step()
    {
        await using var scene = await S3Scene.StartAsync();
        await using var run = TrainingRun.Start(scene, "jobs/unhurried", 1, "--iteration-delay", "1000000");
        await Eventually.TrueAsync(async () => (await run.HealthAsync()).GetProperty("step").GetInt32() == 1, TimeSpan.FromSeconds(30), "the first step");
        for (var asked = 0; asked < 2; asked++)
            Assert.Equal(1, (await run.AskAsync("/checkpoint")).Body.GetProperty("step").GetInt32());
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}
