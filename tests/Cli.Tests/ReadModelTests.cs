using System.Text.Json;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Cli.Tests;

public sealed class ReadModelTests : IAsyncLifetime
{
    Platform platform = null!;

    public async ValueTask InitializeAsync() => platform = await Platform.CreateAsync();

    public ValueTask DisposeAsync() => platform.DisposeAsync();

    static string Line(CliResult result, string start) => Assert.Single(result.Output.Split('\n'), l => l.TrimStart().StartsWith(start, StringComparison.Ordinal));

    [Fact]
    public async Task every_projection_is_listed_with_where_it_stands()
    {
        var story = await platform.TellAsync(new MigrationStory().Voted());
        var listed = (await platform.RunAsync("projections", "list")).Succeeds();
        var words = Line(listed, "MigrationSummary").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["MigrationSummary", "1", "async", "ready", $"{story.Events.Count}", "0", "0", "no"], words);

        var json = JsonDocument.Parse((await platform.RunAsync("projections", "list", "--json")).Succeeds().Output).RootElement;
        Assert.Equal(8, json.GetArrayLength());
        Assert.All(json.EnumerateArray(), p => Assert.Equal(story.Events.Count, p.GetProperty("position").GetInt64()));
    }

    [Fact]
    public async Task a_rebuild_brings_back_what_was_spoilt()
    {
        var story = await platform.TellAsync(new MigrationStory().Voted());
        await platform.ExecuteAsOwnerAsync("update doc_migration_summary set data = jsonb_set(data, '{requestedBy}', '\"nobody\"')");
        Assert.Contains("MigrationSummary is rebuilt up to event", (await platform.RunAsync("projections", "rebuild", "MigrationSummary")).Succeeds().Output, StringComparison.Ordinal);
        Assert.Equal("1", await platform.ScalarAsync($"select count(*) from doc_migration_summary where id = '{story.Id}' and data->>'requestedBy' <> 'nobody'"));
        var all = (await platform.RunAsync("projections", "rebuild", "--all")).Succeeds().Output.Split('\n');
        Assert.Equal(8, all.Count(l => l.Contains(" is rebuilt up to event ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task what_is_set_aside_is_shown_counted_and_retried()
    {
        var story = await platform.TellAsync(new MigrationStory().Requested());
        Assert.Contains("Nothing is set aside.", (await platform.RunAsync("projections", "skipped")).Succeeds().Output, StringComparison.Ordinal);
        // as a program that knows more would write
        await platform.ExecuteAsOwnerAsync($"update events set type = 'something_new' where stream_id = '{story.Id}' and version = 1");
        var rebuilt = await platform.RunAsync("projections", "rebuild", "AgentVotes");
        Assert.Contains("1 of its streams are set aside", rebuilt.Succeeds().Output, StringComparison.Ordinal);
        var skipped = (await platform.RunAsync("projections", "skipped")).Succeeds();
        Assert.Contains(skipped.Output.Split('\n'), l => l.Contains("AgentVotes", StringComparison.Ordinal) && l.Contains("something_new", StringComparison.Ordinal) && l.Contains("unknown", StringComparison.Ordinal));
        Assert.Equal("1", Line(await platform.RunAsync("projections", "list"), "AgentVotes").Split(' ', StringSplitOptions.RemoveEmptyEntries)[6]);

        (await platform.RunAsync("projections", "skipped", "--retry", "AgentVotes")).FailsInOneLine(1, "1 still set aside", "something_new");
        await platform.ExecuteAsOwnerAsync($"update events set type = 'migration_requested' where stream_id = '{story.Id}' and version = 1");
        var id = JsonDocument.Parse((await platform.RunAsync("projections", "skipped", "--json")).Succeeds().Output).RootElement[0].GetProperty("id").GetInt64();
        (await platform.RunAsync("projections", "skipped", "--retry", $"{id}")).Succeeds();
        Assert.Contains("Nothing is set aside.", (await platform.RunAsync("projections", "skipped")).Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task names_and_ids_that_are_not_there_are_told()
    {
        (await platform.RunAsync("projections", "rebuild", "Nothing")).FailsInOneLine(2, "There is no projection 'Nothing'", "MigrationSummary");
        (await platform.RunAsync("projections", "rebuild")).FailsInOneLine(2, "Which projection?");
        (await platform.RunAsync("projections", "skipped", "--retry", "Nothing")).FailsInOneLine(2, "There is no projection 'Nothing'");
        (await platform.RunAsync("projections", "skipped", "--retry", "77")).FailsInOneLine(2, "77");
    }

    /// <summary>The position is committed with the rows: what was done is not done again.</summary>
    [Fact]
    public async Task a_rebuild_that_is_killed_goes_on_where_it_was()
    {
        var story = await platform.TellAsync(new MigrationStory().Voted());
        await platform.ExecuteAsOwnerAsync(ManyEvents(story.Id));
        await using (var killed = CliProcess.Start(platform.Environment, "projections", "rebuild", "MigrationTimeline"))
            await Testing.Eventually.TrueAsync(async () => long.Parse(await platform.ScalarAsync(Position) ?? "0", System.Globalization.CultureInfo.InvariantCulture) > 0, TimeSpan.FromSeconds(60), "the first page");
        // disposed by SIGKILL
        var before = long.Parse((await platform.ScalarAsync(Position))!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(before > 0);
        Assert.Equal("rebuilding", Line(await platform.RunAsync("projections", "list"), "MigrationTimeline").Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]);
        var log = (await platform.RunAsync("projections", "rebuild", "MigrationTimeline")).Succeeds();
        Assert.Contains("is rebuilt", log.Output, StringComparison.Ordinal);
        Assert.Equal("0", await platform.ScalarAsync("select count(*) from projection_rebuilds"));
        // each stream holds each of its events once
        Assert.Equal("0", await platform.ScalarAsync("select count(*) from doc_migration_timeline d join streams s on s.id::text = d.id where jsonb_array_length(d.data->'lines') <> s.version"));
        Assert.Equal("3001", await platform.ScalarAsync("select count(*) from doc_migration_timeline"));
    }

    const string Position = "select coalesce((select position from projection_rebuilds where name = 'MigrationTimeline'), 0)";

    /// <summary>Copies of a stream, as far as a projection looks.</summary>
    static string ManyEvents(Guid id) => $"""
        insert into streams (id, tenant_id, aggregate_type, version, head_hash, created, last_timestamp)
        select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, tenant_id, aggregate_type, version, head_hash, created, last_timestamp
          from streams, generate_series(1, 3000) n where id = '{id}';
        insert into events (seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id, actor, hash)
        select nextval('events_sequence'), gen_random_uuid(), ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, version, type, schema_version, data, timestamp, tenant_id, actor, hash
          from generate_series(1, 3000) n, events where stream_id = '{id}' order by n, version;
        """;
}
