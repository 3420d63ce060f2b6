using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Cli.Tests;

public sealed class CheckpointTests : IAsyncLifetime
{
    Platform platform = null!;
    readonly string folder = Directory.CreateTempSubdirectory("optiinfra-audit").FullName;

    string InFolder(string name) => Path.Combine(folder, name);

    public async ValueTask InitializeAsync() => platform = await Platform.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        await platform.DisposeAsync();
    }

    [Fact]
    public async Task a_key_is_made_once_and_for_its_owner_alone()
    {
        var made = (await platform.RunAsync("audit", "key", "create", "--out", InFolder("audit.key"))).Succeeds().Output;
        Assert.Contains(InFolder("audit.key.pub"), made, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(InFolder("audit.key")));
        Assert.Contains("PUBLIC KEY", await File.ReadAllTextAsync(InFolder("audit.key.pub")), StringComparison.Ordinal);
        (await platform.RunAsync("audit", "key", "create", "--out", InFolder("audit.key"))).FailsInOneLine(2, "never overwritten");
    }

    [Fact]
    public async Task a_cut_off_stream_shows_and_so_do_cut_off_checkpoints()
    {
        var story = await platform.TellAsync(new MigrationStory().Completed());
        (await platform.RunAsync("audit", "checkpoint")).FailsInOneLine(2, "OPTIINFRA_AUDIT_KEY");
        (await platform.RunAsync("audit", "key", "create", "--out", InFolder("k"))).Succeeds();
        Assert.Contains("There are no checkpoints", (await platform.RunAsync("audit", "verify")).Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("Checkpoint 1:", (await platform.RunAsync("audit", "checkpoint", "--key", InFolder("k"), "--out", InFolder("kept.json"))).Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("taken before", (await platform.RunAsync("audit", "checkpoint", "--key", InFolder("k"))).Succeeds().Output, StringComparison.Ordinal);
        var verified = (await platform.RunAsync("audit", "verify", "--public-key", InFolder("k.pub"), "--checkpoint", InFolder("kept.json"))).Succeeds().Output;
        Assert.Contains("1 checkpoints agree", verified, StringComparison.Ordinal);
        Assert.DoesNotContain("not checked", verified, StringComparison.Ordinal);

        var last = story.Events.Count;
        await platform.ExecuteAsOwnerAsync(
            $"delete from events where stream_id = '{story.Id}' and version = {last}; "
            + $"update streams set version = {last - 1}, head_hash = (select hash from events where stream_id = '{story.Id}' and version = {last - 1}) where id = '{story.Id}'");
        (await platform.RunAsync("audit", "verify", "--public-key", InFolder("k.pub"))).FailsInOneLine(1, $"broken at version {last} of stream {story.Id}", "it ends at version");
        (await platform.RunAsync("audit", "verify", story.Id.ToString())).FailsInOneLine(1, $"broken at version {last}");

        await platform.ExecuteAsOwnerAsync($"delete from events where stream_id = '{EventStore.Checkpoint.StreamId}'; delete from streams where id = '{EventStore.Checkpoint.StreamId}'");
        (await platform.RunAsync("audit", "verify", "--public-key", InFolder("k.pub"))).Succeeds();
        (await platform.RunAsync("audit", "verify", "--public-key", InFolder("k.pub"), "--checkpoint", InFolder("kept.json"))).FailsInOneLine(1, "checkpoint 1", "none here");
    }

    [Fact]
    public async Task the_running_platform_takes_checkpoints_by_itself_and_one_process_does_it()
    {
        await platform.TellAsync(new MigrationStory().Voted());
        (await platform.RunAsync("audit", "key", "create", "--out", InFolder("k"))).Succeeds();
        var environment = platform.Environment;
        environment["OPTIINFRA_AUDIT_CHECKPOINT_EVERY"] = "00:00:01";
        (await CliProcess.RunAsync(environment, "run", "--roles", "projections")).FailsInOneLine(2, "OPTIINFRA_AUDIT_CHECKPOINT_EVERY", "audit key create");
        environment["OPTIINFRA_AUDIT_KEY"] = InFolder("k");
        await using (var one = CliProcess.Start(environment, "run", "--roles", "projections"))
        await using (var two = CliProcess.Start(environment, "run", "--roles", "projections"))
        {
            await OptiInfra.Testing.Eventually.TrueAsync(() => (one.Error + two.Error).Contains("Checkpoint 1:", StringComparison.Ordinal), TimeSpan.FromSeconds(60), "the first checkpoint");
            await platform.TellAsync(new MigrationStory(Guid.CreateVersion7(), "other").Voted());
            await OptiInfra.Testing.Eventually.TrueAsync(() => (one.Error + two.Error).Contains("Checkpoint 2:", StringComparison.Ordinal), TimeSpan.FromSeconds(60), "the second checkpoint");
            Assert.True(one.Error.Contains("Checkpoint 1:", StringComparison.Ordinal) ^ two.Error.Contains("Checkpoint 1:", StringComparison.Ordinal));
            one.Terminate();
            two.Terminate();
            Assert.Equal((0, 0), ((await one.EndAsync()).ExitCode, (await two.EndAsync()).ExitCode));
        }

        Assert.Contains("2 checkpoints agree", (await platform.RunAsync("audit", "verify", "--public-key", InFolder("k.pub"))).Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task files_that_cannot_be_used_are_named()
    {
        await platform.TellAsync(new MigrationStory().Requested());
        await File.WriteAllTextAsync(InFolder("no.key"), "hello");
        (await platform.RunAsync("audit", "checkpoint", "--key", InFolder("no.key"))).FailsInOneLine(2, "no.key", "no P-256 key");
        (await platform.RunAsync("audit", "checkpoint", "--key", InFolder("absent.key"))).FailsInOneLine(2, "absent.key");
        (await platform.RunAsync("audit", "verify", "--checkpoint", InFolder("no.key"))).FailsInOneLine(2, "no.key");
        (await platform.RunAsync("audit", "key", "create", "--out", InFolder("k"))).Succeeds();
        (await platform.RunAsync("audit", "checkpoint", "--key", InFolder("k.pub"))).FailsInOneLine(2, "public key");
        (await platform.RunAsync("audit", "checkpoint", "--key", InFolder("k"), "--out", InFolder("kept.json"))).Succeeds();
        (await platform.RunAsync("audit", "key", "create", "--out", InFolder("other"))).Succeeds();
        (await platform.RunAsync("audit", "verify", "--public-key", InFolder("other.pub"), "--checkpoint", InFolder("kept.json"))).FailsInOneLine(1, "not signed with a trusted key");
        (await platform.RunAsync("audit", "verify", "--public-key", InFolder("other.pub"))).FailsInOneLine(1, "none of those that are trusted");
    }
}
