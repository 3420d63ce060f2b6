using Microsoft.Extensions.DependencyInjection;
using OptiInfra.GraphQL.AspNetCore;

namespace OptiInfra.GraphQL.Tests.Execution;

public sealed class SubscriptionTests
{
    public sealed record Change(int Id, string Text);

    public sealed class Query
    {
        public int Zero => 0;
    }

    public sealed class Subscription
    {
        [Subscribe, Topic("changed-{id}")]
        public Change OnChanged(int id, [EventMessage] Change change) => change;

        [Subscribe(With = nameof(OpenAsync))]
        public async Task<string?> Told([EventMessage] string text, bool loud = false)
        {
            await Task.Yield();
            if (text == "bad") throw new InvalidOperationException("secret");
            return loud ? text.ToUpperInvariant() : text;
        }

        public async Task<IAsyncEnumerable<string>> OpenAsync(string prefix)
        {
            await Task.Yield();
            if (prefix == "none") throw new GraphQLException("There is nothing to tell.");
            return Words(prefix);
        }

        static async IAsyncEnumerable<string> Words(string prefix)
        {
            foreach (var word in new[] { "one", "bad", "two" })
            {
                await Task.Yield();
                yield return word == "bad" ? word : prefix + word;
            }
            if (prefix == "break") throw new InvalidOperationException("secret");
        }
    }

    static Server NewServer() => new(builder => builder.AddQueryType<Query>().AddSubscriptionType<Subscription>().AddInMemorySubscriptions());

    [Fact]
    public async Task a_stream_answers_each_of_its_events()
    {
        await using var server = NewServer();
        Assert.Equal(
            [
                """{"data":{"told":"A-ONE"}}""",
                """{"errors":[{"message":"Unexpected Execution Error","locations":[{"line":1,"column":16}],"path":["told"]}],"data":{"told":null}}""",
                """{"data":{"told":"A-TWO"}}""",
            ],
            await server.Subscribe("subscription { told(prefix: \"a-\", loud: true) }").ToListAsync());
    }

    [Fact]
    public async Task a_stream_that_breaks_ends_with_an_error()
    {
        await using var server = NewServer();
        var answers = await server.Subscribe("subscription { told(prefix: \"break\") }").ToListAsync();
        Assert.Equal(4, answers.Count);
        Assert.Equal("""{"errors":[{"message":"Unexpected Execution Error"}]}""", answers[^1]);
    }

    [Fact]
    public async Task a_stream_that_does_not_open_is_one_answer()
    {
        await using var server = NewServer();
        Assert.Equal(
            """{"errors":[{"message":"There is nothing to tell.","locations":[{"line":1,"column":16}],"path":["told"]}]}""",
            await server.Execute("subscription { told(prefix: \"none\") }"));
    }

    [Fact]
    public async Task a_topic_reaches_those_who_follow_it()
    {
        await using var server = NewServer();
        var topics = server.Services.GetRequiredService<ITopicEventSender>();
        await using var first = server.Subscribe("subscription($id: Int!) { onChanged(id: $id) { id text } }", new { id = 1 }).GetAsyncEnumerator();
        var next = first.MoveNextAsync().AsTask();
        await topics.SendAsync("changed-2", new Change(2, "other"));
        await topics.SendAsync("changed-1", new Change(1, "mine"));
        Assert.True(await next);
        Assert.Equal("""{"data":{"onChanged":{"id":1,"text":"mine"}}}""", first.Current);
        next = first.MoveNextAsync().AsTask();
        await topics.CompleteAsync("changed-1");
        Assert.False(await next);
    }
}
