using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Contracts.Access;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Gateway.GraphQL;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests.GraphQL;

/// <summary>Many who follow the log, and one who cannot keep up.</summary>
public sealed class LiveLogTests
{
    const string Follow = "subscription Follow($after: Long) { eventAppended(afterSequence: $after) { sequence data } }";
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    static MigrationStory Requested(string requestedBy)
    {
        var id = Guid.CreateVersion7();
        return new MigrationStory(id, "acme").Do(new RequestMigration(id, "acme", requestedBy, new FleetSelector(), new MigrationPolicy()));
    }

    [Fact]
    public async Task one_reader_serves_all_who_follow_and_none_reads_when_they_have_left()
    {
        const int followers = 100;
        await using var gateway = await GatewayFixture.StartAsync();
        var log = gateway.Services.GetRequiredService<LiveLog>();
        using var acme = gateway.NewClient((await gateway.IssueAsync("kim", [Role.Viewer], ["acme"])).Text);
        using var limit = new CancellationTokenSource(Bound);
        var streams = Enumerable.Range(0, followers).Select(_ => acme.FollowAsync(Follow, cancellationToken: limit.Token).GetAsyncEnumerator(limit.Token)).ToList();
        var next = streams.ConvertAll(stream => stream.MoveNextAsync().AsTask());
        await Eventually.TrueAsync(() => log.Followers == followers, Bound, "all follow");

        using (var statements = new SentStatements())
        {
            for (var i = 0; i < 10; i++)
            {
                await gateway.AppendAsync(Requested($"ana {i}"));
                foreach (var (stream, n) in streams.Select((stream, n) => (stream, n)))
                {
                    Assert.True(await next[n]);
                    Assert.Equal($"ana {i}", stream.Current.GetProperty("data").GetProperty("eventAppended").GetProperty("data").GetProperty("requestedBy").GetString());
                    next[n] = stream.MoveNextAsync().AsTask();
                }
            }

            // if each read for himself there would be a hundred for each event at the least
            Assert.InRange(statements.All.Count(sql => sql.Contains("all_events where seq_id >", StringComparison.Ordinal)), 1, followers * 5);
        }

        await limit.CancelAsync();
        foreach (var waiting in next)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Eventually.TrueAsync(() => log.Followers == 0, Bound, "all have left");
    }

    [Fact]
    public async Task a_client_that_cannot_keep_up_is_let_go_and_goes_on_behind_its_last_sequence()
    {
        const int events = 80;
        await using var gateway = await GatewayFixture.StartAsync(options => options.Limits.MaxEventsBehind = 10);
        var log = gateway.Services.GetRequiredService<LiveLog>();
        using var acme = gateway.NewClient((await gateway.IssueAsync("kim", [Role.Viewer], ["acme"])).Text);
        using var limit = new CancellationTokenSource(Bound);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/graphql", UriKind.Relative)) { Content = JsonContent.Create(new { query = Follow }) };
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await acme.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        await Eventually.TrueAsync(() => log.Followers == 1, Bound, "it follows");

        // more than the network's buffers hold, and nothing of it is taken
        var large = new string('a', 250_000);
        for (var i = 0; i < events; i++)
            await gateway.AppendAsync(Requested(string.Create(CultureInfo.InvariantCulture, $"{i} {large}")));
        await Eventually.TrueAsync(() => log.Followers == 0, Bound, "it is let go");

        List<JsonElement> told = [];
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
        while (await lines.ReadLineAsync(limit.Token) is { } line)
            if (line.StartsWith("data: {", StringComparison.Ordinal))
                told.Add(JsonElement.Parse(line["data: ".Length..]));
        var last = told[^2].GetProperty("data").GetProperty("eventAppended").GetProperty("sequence").GetInt64();
        var (code, message) = told[^1].Refusal();
        Assert.Equal("too_far_behind", code);
        Assert.Contains($"afterSequence: {last}", message, StringComparison.Ordinal);
        Assert.InRange(told.Count, 2, events - 1);

        var rest = await acme.FollowAsync(Follow, new { after = last }).FirstAsync(events - (told.Count - 1));
        Assert.Equal(
            Enumerable.Range(0, events),
            told.SkipLast(1).Concat(rest).Select(result => int.Parse(result.GetProperty("data").GetProperty("eventAppended").GetProperty("data").GetProperty("requestedBy").GetString()!.Split(' ')[0], CultureInfo.InvariantCulture)));
    }

    /// <summary>The operation outlives the request that brought it, and its caller with it.</summary>
    [Fact]
    public async Task a_single_event_stream_carries_subscriptions_of_the_caller_who_reserved_it_and_of_no_other()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var story = Requested("ana");
        await gateway.AppendAsync(story);
        using var acme = gateway.NewClient((await gateway.IssueAsync("kim", [Role.Viewer], ["acme", "initech"])).Text);
        using var other = gateway.NewClient((await gateway.IssueAsync("eve", [Role.Viewer], ["globex"])).Text);
        using var limit = new CancellationTokenSource(Bound);
        using var put = new HttpRequestMessage(HttpMethod.Put, new Uri("/graphql", UriKind.Relative));
        using var reserved = await acme.SendAsync(put, limit.Token);
        var token = await reserved.Content.ReadAsStringAsync(limit.Token);

        HttpRequestMessage Operation(string operation)
        {
            var post = new HttpRequestMessage(HttpMethod.Post, new Uri("/graphql", UriKind.Relative))
            {
                Content = new StringContent($$$"""{"query":"subscription { eventAppended(afterSequence: 0) { streamId actor } }","extensions":{"operationId":"{{{operation}}}"}}""", Encoding.UTF8, "application/json"),
            };
            post.Headers.Add("X-GraphQL-Event-Stream-Token", token);
            post.Headers.Add("X-OptiInfra-Customer", "acme");
            return post;
        }

        using var theirs = await other.SendAsync(Operation("theirs"), limit.Token);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, theirs.StatusCode);
        using var ours = await acme.SendAsync(Operation("ours"), limit.Token);
        Assert.Equal(System.Net.HttpStatusCode.Accepted, ours.StatusCode);
        using var get = new HttpRequestMessage(HttpMethod.Get, new Uri("/graphql", UriKind.Relative));
        get.Headers.Add("X-GraphQL-Event-Stream-Token", token);
        get.Headers.Accept.ParseAdd("text/event-stream");
        using var stream = await acme.SendAsync(get, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync(limit.Token));
        var line = await lines.ReadLineAsync(limit.Token);
        while (line is not null && !line.StartsWith("data: {", StringComparison.Ordinal))
            line = await lines.ReadLineAsync(limit.Token);
        Assert.Equal($$$$$"""{"id":"ours","payload":{"data":{"eventAppended":{"streamId":"{{{{{story.Id}}}}}","actor":"ana"}}}}""", line!["data: ".Length..]);
    }
}
