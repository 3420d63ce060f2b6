using System.Text.Json;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Cli.Tests;

public sealed class EventsTests : IAsyncLifetime
{
    Platform platform = null!;
    readonly string folder = Directory.CreateTempSubdirectory("optiinfra-events").FullName;

    public async ValueTask InitializeAsync() => platform = await Platform.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        await platform.DisposeAsync();
    }

    [Fact]
    public async Task an_export_is_imported_into_an_empty_schema_and_is_the_same_there()
    {
        var story = await platform.TellAsync(new MigrationStory().Completed());
        var (file, again) = (Path.Combine(folder, "events.jsonl"), Path.Combine(folder, "again.jsonl"));
        (await platform.RunAsync("events", "export", "--out", file)).Succeeds();
        await using var other = await Platform.CreateAsync();
        Assert.Contains($"{story.Events.Count} events of 1 streams were imported", (await other.RunAsync("events", "import", file)).Succeeds().Output, StringComparison.Ordinal);
        (await other.RunAsync("events", "export", "--out", again)).Succeeds();
        Assert.Equal(await File.ReadAllTextAsync(file), await File.ReadAllTextAsync(again));
        (await other.RunAsync("audit", "verify")).Succeeds();
        (await other.RunAsync("events", "import", file)).FailsInOneLine(1, "Nothing was imported", "freshly applied");

        await File.WriteAllTextAsync(again, (await File.ReadAllTextAsync(file)).Replace("\\\"approvedBy\\\":\\\"ben\\\"", "\\\"approvedBy\\\":\\\"eve\\\"", StringComparison.Ordinal));
        await using var third = await Platform.CreateAsync();
        var approved = story.Events.ToList().FindIndex(e => e is OptiInfra.Contracts.SpotMigrations.CustomerApproved) + 2;
        (await third.RunAsync("events", "import", again)).FailsInOneLine(1, "Nothing was imported", $"Line {approved}:");
    }

    [Fact]
    public async Task tail_follows_the_log_and_filters_it()
    {
        var story = await platform.TellAsync(new MigrationStory().Voted());
        var all = (await platform.RunAsync("events", "tail", "--after", "0", "--once")).Succeeds().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(story.Events.Count, all.Length);
        var some = (await platform.RunAsync("events", "tail", "--after", "0", "--once", "--type", "agent_approved", "agent_rejected", "--actor", "ana", "--tenant", "default", "--stream", story.Id.ToString(), "--json")).Succeeds().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, some.Length);
        Assert.All(some, line => Assert.StartsWith("agent_", JsonDocument.Parse(line).RootElement.GetProperty("type").GetString(), StringComparison.Ordinal));
        Assert.Empty((await platform.RunAsync("events", "tail", "--after", "0", "--once", "--tenant", "nobody")).Succeeds().Output);
        (await platform.RunAsync("events", "tail", "--type", "agent_slept")).FailsInOneLine(2, "agent_slept", "agent_approved");

        await using var live = CliProcess.Start(platform.Environment, "events", "tail", "--tenant", "late");
        await OptiInfra.Testing.Eventually.TrueAsync(async () =>
        {
            await platform.TellAsync(new MigrationStory(Guid.CreateVersion7(), "late").Requested());
            return live.Output.Contains("migration_requested", StringComparison.Ordinal);
        }, TimeSpan.FromSeconds(60), "an event in the tail");
        live.Terminate();
        Assert.Equal(0, (await live.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task show_gives_an_event_by_id_or_sequence_and_a_stream()
    {
        var story = await platform.TellAsync(new MigrationStory().Voted());
        var lines = (await platform.RunAsync("events", "show", story.Id.ToString(), "--json")).Succeeds().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(story.Events.Count, lines.Length);
        var third = JsonDocument.Parse(lines[2]).RootElement;
        Assert.Equal(lines[2], (await platform.RunAsync("events", "show", third.GetProperty("id").GetString()!, "--json")).Succeeds().Output.TrimEnd('\n'));
        var shown = (await platform.RunAsync("events", "show", third.GetProperty("sequence").GetInt64().ToString(System.Globalization.CultureInfo.InvariantCulture))).Succeeds().Output;
        Assert.Contains(third.GetProperty("hash").GetString()!, shown, StringComparison.Ordinal);
        Assert.Contains("fleet_analyzed", shown, StringComparison.Ordinal);
        (await platform.RunAsync("events", "show", "99999")).FailsInOneLine(2, "no event of sequence 99999");
        (await platform.RunAsync("events", "show", Guid.NewGuid().ToString())).FailsInOneLine(2, "There is no migration");
    }
}
