using System.Globalization;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests.Gateway;

/// <summary>Clients of other makers follow a whole migration while the gateway is killed, stopped and started again.</summary>
public sealed class RestartTests
{
    static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task a_migration_is_followed_without_a_gap_and_without_a_repetition()
    {
        await using var platform = await Platform.CreateAsync();
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TcpRelay.FreePort()}");
        var key = (await platform.RunAsync("token", "create", "--name", "watcher", "--role", "viewer")).Succeeds().Output.Trim();
        var story = new MigrationStory(Guid.CreateVersion7()).Completed();
        using var limit = new CancellationTokenSource(Bound);

        var run = await StartAsync(platform, url);
        using var socket = new NodeProgram("Cli.Tests", "follow.mjs", "ws", url + "/graphql", key, story.Id.ToString());
        using var stream = new NodeProgram("Cli.Tests", "follow.mjs", "sse", url + "/graphql", key, story.Id.ToString());
        List<string>[] seen = [[], []];
        try
        {
            var third = story.Events.Count / 3;
            await platform.AppendAsync(story.Id, [.. story.Events.Take(third)]);
            await TellAsync(third);

            // killed, and meanwhile things go on
            run.Signal("KILL");
            await run.DisposeAsync();
            await platform.AppendAsync(story.Id, [.. story.Events.Skip(third).Take(third)]);
            run = await StartAsync(platform, url);
            await TellAsync(2 * third);

            // an event is on its way when it is told to stop
            await platform.AppendAsync(story.Id, story.Events[2 * third]);
            run.Terminate();
            (await run.EndAsync()).Succeeds();
            await run.DisposeAsync();
            run = await StartAsync(platform, url);
            await platform.AppendAsync(story.Id, [.. story.Events.Skip((2 * third) + 1)]);
            await TellAsync(story.Events.Count + 1);
        }
        finally
        {
            await run.DisposeAsync();
        }

        foreach (var lines in seen)
        {
            Assert.Equal("over", lines[^1]);
            Assert.Equal(Enumerable.Range(1, story.Events.Count), lines.SkipLast(1).Select(line => int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)));
        }

        async Task TellAsync(int lines)
        {
            foreach (var (program, told) in ((NodeProgram, List<string>)[])[(socket, seen[0]), (stream, seen[1])])
                while (told.Count < lines)
                    told.Add(await program.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException($"It ended after '{string.Join('\n', told)}': {string.Join('\n', await program.ReadToEndAsync(limit.Token))}"));
        }
    }

    static async Task<CliProcess> StartAsync(Platform platform, string url)
    {
        var environment = new Dictionary<string, string>(platform.Environment, StringComparer.Ordinal) { ["OPTIINFRA_GATEWAY_URL"] = url };
        var run = CliProcess.Start(environment, "run", "--roles", "gateway");
        await run.UntilErrorSaysAsync("OptiInfra runs as gateway");
        return run;
    }
}
