using System.Security.Cryptography;
using System.Text.Json;
using OptiInfra.Agents.Scouting;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests;

/// <summary>A person's commands to training jobs, given by the built program to a real store.</summary>
public sealed class JobCommandsTests : IAsyncLifetime
{
    static readonly string Folder = Path.Combine(ProjectRoot.Path, "infra/training");

    Platform platform = null!;

    public async ValueTask InitializeAsync() => platform = await Platform.CreateAsync();

    public ValueTask DisposeAsync() => platform.DisposeAsync();

    Task<CliResult> SubmitAsync(params string[] more) => platform.RunAsync(
        ["jobs", "submit", "--script", Folder, "--name", "regression", "--bucket", "acme-training", "--image", "ami-1", "--hours", "2", .. more]);

    static JobStory Now() => new(Guid.CreateVersion7(), start: DateTimeOffset.UtcNow.AddMinutes(-10));

    [Fact]
    public async Task a_submitted_job_holds_the_script_its_needs_and_its_rules()
    {
        var policy = Path.Combine(Path.GetTempPath(), Guid.NewGuid() + ".json");
        await File.WriteAllTextAsync(policy, """{ "scouting": { "minSavingFraction": 0.3 }, "watchInterval": "00:00:05" } // for the demo""");
        var result = (await SubmitAsync(
            "--type", "m5.large", "c5.large", "--zone", "us-east-1a", "--min-vcpus", "2", "--instance-profile", "trainer", "--options=--iterations 1000", "--deadline", "+3h",
            "--policy", policy, "--tag", "team=search", "--subnet", "us-east-1a=subnet-1", "--as", "ana")).Succeeds();
        var id = Guid.Parse(result.Output.Split(' ', '.')[2]);
        Assert.Contains($"http://127.0.0.1:5070/jobs/{id}/", result.Output, StringComparison.Ordinal);

        var stored = (await platform.RunAsync("events", "show", id.ToString(), "--json")).Succeeds().Output;
        using var line = JsonDocument.Parse(stored.Split('\n')[0]);
        var submitted = JsonSerializer.Deserialize<JobSubmitted>(line.RootElement.GetProperty("data").GetString()!, ContractsJson.Options)!;
        Assert.Equal(("ana", "regression", "acme-training", 2.0), (submitted.SubmittedBy, submitted.Spec.Name, submitted.Spec.Bucket, submitted.Spec.EstimatedHours));
        Assert.InRange((submitted.Spec.Deadline!.Value - submitted.At).TotalHours, 2.5, 3);
        Assert.Equal((2, "ami-1", "trainer", "subnet-1"), (submitted.Spec.Needs.MinVCpus, submitted.Spec.Needs.ImageId, submitted.Spec.Needs.InstanceProfile, submitted.Spec.Needs.Subnets["us-east-1a"]));
        Assert.Equal(["m5.large", "c5.large"], submitted.Spec.Needs.InstanceTypes);
        Assert.Equal("search", submitted.Spec.Tags["team"]);
        Assert.Equal((0.3, TimeSpan.FromSeconds(5), 10), (submitted.Spec.Policy.Scouting.MinSavingFraction, submitted.Spec.Policy.WatchInterval, submitted.Spec.Policy.MaxFailedLaunches));
        var program = submitted.Spec.Program;
        Assert.Equal("--iterations 1000", program.Options);
        Assert.Equal(Directory.GetFiles(Folder, "*.py").Select(Path.GetFileName).Order(StringComparer.Ordinal), program.Files.Select(f => f.Name));
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Folder, "trainer.py")), program.Files.Single(f => f.Name == "trainer.py").Content);
        // the head names the marks, and would grow with what is filled in there
        Assert.StartsWith("#!/bin/bash\nset -u\n", program.UserData, StringComparison.Ordinal);
        Assert.Equal(2, program.UserData.Split("@FILES@").Length);
    }

    [Fact]
    public async Task what_is_wrong_with_a_job_is_told_with_its_remedy()
    {
        (await SubmitAsync("--deadline", "tomorrow")).FailsInOneLine(2, "--deadline 'tomorrow'", "+60h");
        (await SubmitAsync("--deadline", "+1h")).FailsInOneLine(1, "invalid_job", "too near");
        (await SubmitAsync("--tag", "team")).FailsInOneLine(2, "--tag 'team' is not key=value");
        (await SubmitAsync("--policy", "/nowhere.json")).FailsInOneLine(2, "Policy file /nowhere.json cannot be read");
        (await SubmitAsync("--prefix", "$(id)")).FailsInOneLine(1, "invalid_job", "prefix");
        // what cannot be packed, here in the options, counts as it is
        (await SubmitAsync($"--options=--blob {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(14_000))}")).FailsInOneLine(1, "invalid_job", "bytes of user data", "at most 16384", "Make the script smaller");
        var policy = Path.Combine(Path.GetTempPath(), Guid.NewGuid() + ".json");
        foreach (var (text, told) in ((string, string)[])[("""{ "minSaving": 1 }""", "minSaving"), ("""{ "scouting": null }""", "scouting"), ("null", "minSavingFraction")])
        {
            await File.WriteAllTextAsync(policy, text);
            (await SubmitAsync("--policy", policy)).FailsInOneLine(2, policy, told);
        }

        var empty = Directory.CreateTempSubdirectory().FullName;
        (await platform.RunAsync("jobs", "submit", "--script", empty, "--name", "a", "--bucket", "abc", "--image", "ami", "--hours", "1")).FailsInOneLine(2, "--script", "user-data.sh.template");
        await File.WriteAllTextAsync(Path.Combine(empty, "user-data.sh.template"), "#!/bin/sh\n");
        (await platform.RunAsync("jobs", "submit", "--script", empty, "--name", "a", "--bucket", "abc", "--image", "ami", "--hours", "1")).FailsInOneLine(2, "holds no training script");
        await File.WriteAllTextAsync(Path.Combine(empty, "train.py"), "pass\n");
        (await platform.RunAsync("jobs", "submit", "--script", empty, "--name", "a", "--bucket", "abc", "--image", "ami", "--hours", "1")).FailsInOneLine(1, "must hold the mark @BUCKET@");
        Assert.Contains("has no training jobs", (await platform.RunAsync("jobs")).Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_job_is_listed_and_shown_with_its_changeovers_and_its_loss()
    {
        var story = await platform.TellAsync(Now().Running().Moved().Saved(150));
        foreach (var arguments in (string[][])[["jobs"], ["jobs", "list"]])
        {
            var row = Assert.Single((await platform.RunAsync(arguments)).Succeeds().Output.Split('\n'), l => l.Contains(story.Id.ToString(), StringComparison.Ordinal));
            Assert.Contains("running", row, StringComparison.Ordinal);
            Assert.Contains("spot m5.large us-east-1b", row, StringComparison.Ordinal);
            Assert.Contains("150 of 1000", row, StringComparison.Ordinal);
        }

        var shown = (await platform.RunAsync("jobs", "show", story.Id.ToString()[..20])).Succeeds().Output;
        Assert.Contains("40 % cheaper; it pays for itself", shown, StringComparison.Ordinal);
        Assert.Contains("better offer", Assert.Single(shown.Split('\n'), l => l.Contains("70.0", StringComparison.Ordinal)), StringComparison.Ordinal);
        var plot = shown.Split('\n').SkipWhile(l => !l.StartsWith("Loss", StringComparison.Ordinal)).ToList();
        Assert.Contains(plot, l => l.Contains('|', StringComparison.Ordinal) && l.Contains('1', StringComparison.Ordinal));
        Assert.EndsWith("2", plot.Single(l => l.TrimStart().StartsWith("0.1875 |", StringComparison.Ordinal)).TrimEnd(), StringComparison.Ordinal);
        var waiting = Now().Submitted();
        await platform.TellAsync(waiting.Do(new StartScouting(waiting.Id)));
        Assert.Contains("looks for a place", (await platform.RunAsync("jobs", "show", waiting.Id.ToString())).Succeeds().Output, StringComparison.Ordinal);
        // whoever asks where something stands need not know what it is
        Assert.Equal(shown.Split('\n')[0], (await platform.RunAsync("status", story.Id.ToString())).Succeeds().Output.Split('\n')[0]);

        using var json = JsonDocument.Parse((await platform.RunAsync("jobs", "show", story.Id.ToString(), "--json")).Succeeds().Output);
        Assert.Equal("running", json.RootElement.GetProperty("job").GetProperty("status").GetString());
        Assert.Equal(4, json.RootElement.GetProperty("history").GetProperty("losses").GetArrayLength());
        Assert.True(json.RootElement.GetProperty("paidUsd").GetDecimal() > 0);
    }

    [Fact]
    public async Task watching_a_job_ends_with_it_and_says_how_it_ended()
    {
        var done = await platform.TellAsync(Now().Running().Moved().Finished());
        var watched = (await platform.RunAsync("jobs", "show", done.Id.ToString(), "--watch")).Succeeds();
        Assert.Equal(done.Events.Count, watched.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("Complete after 1 move", watched.Output, StringComparison.Ordinal);
        var story = Now().Submitted();
        story.Do(new CancelJob(story.Id, "ana", "not needed")).Do(new ConcludeJob(story.Id));
        await platform.TellAsync(story);
        var cancelled = await platform.RunAsync("status", story.Id.ToString(), "--watch");
        Assert.Equal(1, cancelled.ExitCode);
        Assert.Contains("Cancelled by ana: not needed", cancelled.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_job_is_moved_and_cancelled_by_a_person()
    {
        var story = await platform.TellAsync(Now().Running());
        var id = story.Id.ToString();
        (await platform.RunAsync("jobs", "migrate", id, "--as", "kim")).Succeeds();
        (await platform.RunAsync("jobs", "migrate", id)).FailsInOneLine(1, "wrong_status");
        (await platform.RunAsync("jobs", "cancel", id, "--reason", " ")).FailsInOneLine(2, "--reason is empty");
        (await platform.RunAsync("jobs", "cancel", id, "--reason", "not needed", "--as", "kim")).Succeeds();
        var audit = (await platform.RunAsync("audit", id)).Succeeds().Output;
        Assert.Contains("Requested by kim", audit, StringComparison.Ordinal);
        Assert.Contains("job_stopped", audit, StringComparison.Ordinal);
        (await platform.RunAsync("jobs", "migrate", Guid.CreateVersion7().ToString())).FailsInOneLine(2, "There is no job", "optiinfra jobs");
        var migration = await platform.TellAsync(new MigrationStory(Guid.CreateVersion7()).Requested());
        (await platform.RunAsync("jobs", "cancel", migration.Id.ToString(), "--reason", "no")).FailsInOneLine(2, "There is no job");
        (await platform.RunAsync("cancel", id, "--reason", "no")).FailsInOneLine(1, "no migration");
    }

    /// <summary>As the scout sees it and decides, for a job that runs where it pays so much.</summary>
    static ProposeOffer Scouted(JobStory story, int? fromEpoch, CapacityPool here, decimal hereUsd)
    {
        SpotOffer Offer(CapacityPool pool, decimal usd) => new(pool.ToString(), usd, true, 24, 9);
        var running = fromEpoch is not null;
        var seen = new ScoutObservation(
            new ScoutedJob(40, 55, running ? RunsOn.Spot : RunsOn.Nothing, running ? here.ToString() : null, running ? hereUsd : 0, running ? 3 : 0, 0, 0.1, 0.2, 0.1, 0m),
            running ? [Offer(here, hereUsd), Offer(JobStory.Cheap, 0.01m)] : [Offer(here, hereUsd)], 0.096m);
        var decision = new Scout(story.State!.Spec.Policy.Scouting, new DeadlinePlans()).Decide(seen);
        Assert.True(decision.Moves, string.Join("; ", decision.Reasons));
        var pool = running ? JobStory.Cheap : here;
        Assert.Equal(pool.ToString(), decision.Pool);
        return new ProposeOffer(story.Id, fromEpoch, pool, running ? 0.01m : hereUsd, decision.ExpectedSavingUsd, seen, decision.Reasons);
    }

    [Fact]
    public async Task every_decision_of_a_job_and_of_its_scout_is_the_same_again()
    {
        var story = Now().Submitted();
        story.Do(new StartScouting(story.Id)).Do(Scouted(story, null, JobStory.Dear, 0.05m)).Launched(1).TakenOver(1).Saved(50);
        story.Do(Scouted(story, 1, JobStory.Dear, 0.05m)).Do(new CancelJob(story.Id, "ana", "not needed")).Gone(1).Do(new ConcludeJob(story.Id));
        await platform.TellAsync(story);
        var result = (await platform.RunAsync("replay", story.Id.ToString())).Succeeds();
        Assert.Contains("each the same again", result.Output, StringComparison.Ordinal);
        Assert.Equal(2, result.Output.Split('\n').Count(l => l.Contains("decision of the scout", StringComparison.Ordinal)));
        Assert.Contains("ProposeOffer: better_offer_found, migration_triggered", result.Output, StringComparison.Ordinal);
        Assert.Contains("0 migrations, 1 training jobs", (await platform.RunAsync("replay", "--all")).Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_decision_that_the_scout_would_not_take_again_is_shown()
    {
        // the story's commands are decided by the real decider; what its scout says is made up
        var story = await platform.TellAsync(Now().Running());
        var result = await platform.RunAsync("replay", story.Id.ToString());
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("1 of ", result.Output, StringComparison.Ordinal);
        await platform.ExecuteAsOwnerAsync(
            $"update doc_recorded_command set data = jsonb_set(data, '{{command}}', to_jsonb(replace(data->>'command', '\"step\":100', '\"step\":90'))) where data->>'streamId' = '{story.Id}' and data->>'commandType' = 'RecordTrainerSeen'");
        Assert.Contains("2 of ", (await platform.RunAsync("replay", story.Id.ToString())).Output, StringComparison.Ordinal);
    }
}
