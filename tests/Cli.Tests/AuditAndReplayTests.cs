using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Cli.Tests;

public sealed class AuditAndReplayTests : IAsyncLifetime
{
    Platform platform = null!;

    public async ValueTask InitializeAsync() => platform = await Platform.CreateAsync();

    public ValueTask DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task every_event_has_its_actor_its_command_and_its_evidence()
    {
        var story = await platform.TellAsync(new MigrationStory().DegradedInPhase(2).RolledBack());
        var lines = (await platform.RunAsync("audit", story.Id.ToString())).Succeeds().Output.Split('\n');
        Assert.All(OptiInfra.Contracts.ContractsJson.EventTypes.Where(t => story.Events.Any(e => e.GetType() == t.Type)), t => Assert.Contains(lines, l => l.Contains(t.Name, StringComparison.Ordinal)));
        var vote = Assert.Single(lines, l => l.Contains("agent_rejected", StringComparison.Ordinal));
        Assert.Contains("CastVote", vote, StringComparison.Ordinal);
        Assert.Contains("ana's own command", vote, StringComparison.Ordinal);
    }

    [Fact]
    public async Task an_untouched_store_verifies_and_a_tampered_event_is_named()
    {
        var story = await platform.TellAsync(new MigrationStory().Completed());
        var other = await platform.TellAsync(new MigrationStory(Guid.CreateVersion7(), "other").Voted());
        Assert.Contains($"{story.Events.Count + other.Events.Count} events of 2 streams", (await platform.RunAsync("audit", "verify")).Succeeds().Output, StringComparison.Ordinal);
        (await platform.RunAsync("audit", "verify", story.Id.ToString())).Succeeds();

        await platform.ExecuteAsOwnerAsync($"update events set data = replace(data::text, 'ben', 'eve')::{await DataTypeAsync()} where stream_id = '{story.Id}' and type = 'customer_approved'");
        var version = story.Events.ToList().FindIndex(e => e is OptiInfra.Contracts.SpotMigrations.CustomerApproved) + 1;
        (await platform.RunAsync("audit", "verify")).FailsInOneLine(1, $"broken at version {version} of stream {story.Id}");
        (await platform.RunAsync("audit", "verify", story.Id.ToString())).FailsInOneLine(1, $"version {version}");
        (await platform.RunAsync("audit", "verify", other.Id.ToString(), "--customer", "other")).Succeeds();
    }

    [Fact]
    public async Task every_decision_and_every_verdict_is_the_same_again()
    {
        var story = await platform.TellAsync(JudgedStory.Voted());
        var result = (await platform.RunAsync("replay", story.Id.ToString())).Succeeds();
        Assert.Contains("each the same again", result.Output, StringComparison.Ordinal);
        Assert.Contains("RecordFleetAnalysis: fleet_analyzed, opportunity_found, opportunity_found", result.Output, StringComparison.Ordinal);
        foreach (var verdict in (string[])["assessment of the fleet", "vote of the cost agent", "vote of the performance agent", "vote of the resource agent", "vote of the application agent"])
            Assert.Contains("same", Assert.Single(Lines(result), l => l.Contains(verdict, StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("cannot be decided again", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_rollback_is_decided_the_same_again_and_an_invented_assessment_is_not()
    {
        // the story's commands are decided by the real deciders; what its agents say is made up
        var story = await platform.TellAsync(new MigrationStory().DegradedInPhase(2).RolledBack());
        var result = await platform.RunAsync("replay", story.Id.ToString());
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("same", Assert.Single(Lines(result), l => l.Contains("RecordQuality: quality_measured, quality_degraded, rollback_started", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("recorded", Assert.Single(Lines(result), l => l.Contains("assessment of the fleet", StringComparison.Ordinal)), StringComparison.Ordinal);
        // said, not passed over: votes from before they carried what they looked at
        Assert.Contains("spot prices of that moment are not in the log", result.Output, StringComparison.Ordinal);
        Assert.Contains("more cannot be decided again", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_decision_that_is_not_what_was_decided_is_shown()
    {
        var story = await platform.TellAsync(JudgedStory.Voted());
        await platform.ExecuteAsOwnerAsync(
            $"update doc_recorded_command set data = jsonb_set(data, '{{command}}', to_jsonb(replace(data->>'command', '\"confidence\":0.6,', '\"confidence\":0.1,'))) where data->>'streamId' = '{story.Id}' and data->>'commandType' = 'CastVote'");
        var result = await platform.RunAsync("replay", story.Id.ToString());
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("agent_approved) differs: recorded", string.Join(' ', result.Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("1 of ", result.Output, StringComparison.Ordinal);
        await platform.ExecuteAsOwnerAsync($"delete from doc_recorded_command where data->>'streamId' = '{story.Id}' and data->>'commandType' = 'CloseVoting'");
        Assert.Contains("was decided by no recorded command", (await platform.RunAsync("replay", story.Id.ToString())).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_log_that_was_carried_elsewhere_is_decided_the_same_again_there()
    {
        var story = await platform.TellAsync(JudgedStory.Voted());
        var folder = Directory.CreateTempSubdirectory("optiinfra-carried").FullName;
        var (whole, eventsAlone) = (Path.Combine(folder, "whole.jsonl"), Path.Combine(folder, "events.jsonl"));
        (await platform.RunAsync("events", "export", "--out", whole)).Succeeds();
        (await platform.RunAsync("events", "export", "--without-commands", "--out", eventsAlone)).Succeeds();

        await using (var other = await Platform.CreateAsync())
        {
            (await other.RunAsync("events", "import", whole)).Succeeds();
            Assert.Contains("each the same again", (await other.RunAsync("replay", story.Id.ToString())).Succeeds().Output, StringComparison.Ordinal);
        }

        await using var third = await Platform.CreateAsync();
        (await third.RunAsync("events", "import", eventsAlone)).Succeeds();
        Assert.Contains("was decided by no recorded command", (await third.RunAsync("replay", story.Id.ToString())).Output, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    static string[] Lines(CliResult result) => result.Output.Split('\n');

    async Task<string> DataTypeAsync()
    {
        await using var connection = new Npgsql.NpgsqlConnection(platform.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand("select data_type from information_schema.columns where table_schema = current_schema() and table_name = 'events' and column_name = 'data'", connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
