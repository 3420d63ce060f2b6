using System.Text.RegularExpressions;
using OptiInfra.Projections.Tests;

namespace OptiInfra.Gateway.Tests.GraphQL;

/// <summary>Every operation of docs/graphql.md is answered as it stands there.</summary>
public sealed partial class GuideTests
{
    [GeneratedRegex("```graphql\n(?<operation>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Operations { get; }

    [Fact]
    public async Task every_operation_of_the_guide_works()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var story = new MigrationStory(Guid.CreateVersion7(), start: TimeProvider.System.GetUtcNow()).Voted();
        await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7()).DegradedInPhase(1));
        await gateway.AppendAsync(story);
        var job = new JobStory(Guid.CreateVersion7()).Running();
        await gateway.AppendAsync(job);
        await gateway.ProjectAsync();
        var operations = Operations.Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/graphql.md"))).Select(match => match.Groups["operation"].Value).ToList();
        Assert.True(operations.Count >= 10, $"The guide has {operations.Count} operations.");
        foreach (var operation in operations)
        {
            var variables = new { id = story.Id, jobId = job.Id, planHash = story.State!.PlanHash, after = operation.StartsWith("subscription", StringComparison.Ordinal) ? (object)0 : "0" };
            var answer = operation.StartsWith("subscription", StringComparison.Ordinal)
                ? Assert.Single(await gateway.Client.FollowAsync(operation, variables).FirstAsync(1))
                : await gateway.Client.AskAsync(operation, variables);
            Assert.False(answer.TryGetProperty("errors", out var errors), $"{operation}\n{errors}");
            Assert.True(!answer.ToString().Contains("\"code\"", StringComparison.Ordinal), $"{operation}\n{answer}");
        }
    }
}
