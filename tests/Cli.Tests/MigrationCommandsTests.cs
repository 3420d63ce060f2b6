using System.Text.Json;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Cli.Tests;

/// <summary>A person's commands, given by the built program to migrations in a real store.</summary>
public sealed class MigrationCommandsTests : IAsyncLifetime
{
    // as they begin: the first two share their first characters
    static readonly Guid First = Guid.Parse("0198a000-0000-7000-8000-00000000000a");
    static readonly Guid Second = Guid.Parse("0198a000-1111-7000-8000-00000000000b");

    Platform platform = null!;

    public async ValueTask InitializeAsync() => platform = await Platform.CreateAsync();

    public ValueTask DisposeAsync() => platform.DisposeAsync();

    /// <summary>A story of now, whose plan can still be approved.</summary>
    static MigrationStory Story(Guid id) => new(id, start: DateTimeOffset.UtcNow.AddMinutes(-10));

    [Fact]
    public async Task a_migration_is_found_by_the_beginning_of_its_id()
    {
        await platform.TellAsync(Story(First).Voted());
        await platform.TellAsync(Story(Second).Requested());
        Assert.Contains(First.ToString(), (await platform.RunAsync("status", "0198a000-00")).Succeeds().Output, StringComparison.Ordinal);
        (await platform.RunAsync("status", "0198")).FailsInOneLine(2, "fits more than one migration", First.ToString(), Second.ToString());
        (await platform.RunAsync("status", "0199")).FailsInOneLine(2, "There is no migration '0199'", "optiinfra status");
        (await platform.RunAsync("approve", Guid.CreateVersion7().ToString())).FailsInOneLine(2, "There is no migration");
        (await platform.RunAsync("status", First.ToString(), "--customer", "other")).FailsInOneLine(2, "of customer 'other'");
        var all = (await platform.RunAsync("status")).Succeeds().Output;
        Assert.Contains("awaiting approval", all, StringComparison.Ordinal);
        Assert.Contains("pending", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task approval_binds_to_the_plan_happens_once_and_says_by_whom()
    {
        var story = await platform.TellAsync(Story(First).Voted());
        var hash = story.State!.PlanHash!;
        var shown = await platform.RunAsync("approve", First.ToString());
        Assert.Equal(2, shown.ExitCode);
        Assert.Contains(hash, shown.Output, StringComparison.Ordinal);
        Assert.Contains($"--plan-hash {hash}", shown.Error, StringComparison.Ordinal);
        (await platform.RunAsync("approve", First.ToString(), "--plan-hash", "abc")).FailsInOneLine(1, "wrong_plan_hash", hash);
        Assert.Contains(hash, (await platform.RunAsync("approve", First.ToString(), "--plan-hash", hash, "--as", "ben")).Succeeds().Output, StringComparison.Ordinal);
        (await platform.RunAsync("approve", First.ToString(), "--plan-hash", hash)).FailsInOneLine(1, "approved already, by ben");
        (await platform.RunAsync("approve", First.ToString())).FailsInOneLine(1, "approved already, by ben");
    }

    [Fact]
    public async Task approval_after_the_expiry_is_refused_with_what_to_do()
    {
        var story = await platform.TellAsync(new MigrationStory(First).Voted());
        (await platform.RunAsync("approve", First.ToString(), "--plan-hash", story.State!.PlanHash!)).FailsInOneLine(1, "approval_expired", "request a new migration");
    }

    [Fact]
    public async Task a_plan_is_rejected_once()
    {
        await platform.TellAsync(Story(First).Voted());
        (await platform.RunAsync("reject", First.ToString(), "--reason", "not this week")).Succeeds();
        (await platform.RunAsync("reject", First.ToString(), "--reason", "again")).FailsInOneLine(1, "wrong_status", "failed");
        (await platform.RunAsync("resume", First.ToString())).FailsInOneLine(1, "wrong_status");
        (await platform.RunAsync("cancel", First.ToString(), "--reason", "late")).FailsInOneLine(1, "wrong_status");
    }

    [Fact]
    public async Task a_request_is_an_event_with_its_policy_and_its_fleet()
    {
        var policy = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(policy, """{ "maxDegradation": 0.02, /* stricter */ "monitoringWindows": ["00:01:00", "00:02:00", "00:03:00"], }""");
            var output = (await platform.RunAsync("migrate", "--fleet-tag", "team=search", "--auto-approve", "--policy", policy, "--as", "ana")).Succeeds().Output;
            var id = output.Split(' ', '.', '\n').First(word => Guid.TryParse(word, out _));
            using var audit = JsonDocument.Parse((await platform.RunAsync("audit", id, "--json")).Succeeds().Output);
            var line = Assert.Single(audit.RootElement.EnumerateArray());
            Assert.Equal(("migration_requested", "ana", "RequestMigration"), (line.GetProperty("event").GetString(), line.GetProperty("actor").GetString(), line.GetProperty("command").GetString()));
            var data = line.GetProperty("data");
            Assert.Equal("search", data.GetProperty("fleet").GetProperty("tags").GetProperty("team").GetString());
            Assert.Equal(0.02, data.GetProperty("policy").GetProperty("maxDegradation").GetDouble());
            Assert.True(data.GetProperty("policy").GetProperty("autoApprove").GetBoolean());
        }
        finally
        {
            File.Delete(policy);
        }
    }

    [Fact]
    public async Task a_finished_migration_is_shown_with_what_it_brought_and_watching_it_ends_at_once()
    {
        var first = await platform.TellAsync(Story(First).Completed());
        var shown = (await platform.RunAsync("status", First.ToString())).Succeeds().Output;
        Assert.Contains("complete", shown, StringComparison.Ordinal);
        Assert.Contains("518.30 USD a month of 473.20 promised", shown, StringComparison.Ordinal);
        Assert.Contains("Complete: 5 instances moved", (await platform.RunAsync("status", First.ToString(), "--watch")).Succeeds().Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await platform.RunAsync("status", First.ToString(), "--json")).Succeeds().Output);
        Assert.Equal("complete", json.RootElement.GetProperty("status").GetString());

        await platform.TellAsync(new MigrationStory(Second, start: first.Now).DegradedInPhase(1).RolledBack());
        Assert.Equal(1, (await platform.RunAsync("status", Second.ToString(), "--watch")).ExitCode);
    }
}
