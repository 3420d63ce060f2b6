namespace OptiInfra.Projections.Tests;

public sealed class RebuildTests
{
    [Fact]
    public async Task a_rebuild_from_the_whole_log_gives_the_documents_that_grew_event_by_event()
    {
        await using var fixture = await ProjectionFixture.CreateAsync();
        var stories = (Func<MigrationStory, MigrationStory>[])
        [
            s => s.Completed(), s => s.DegradedInPhase(2).RolledBack(), s => s.Voted(), s => s.Approved().PhaseMoved(1).Measured(1, requests: 10),
        ];
        foreach (var (told, n) in stories.Select((told, n) => (told, n)))
        {
            // grown step by step: the projections see pages of other sizes than in the rebuild
            var story = new MigrationStory(Guid.CreateVersion7(), n % 2 == 0 ? "even" : "odd");
            await fixture.GivenAsync(story.Requested());
            story = told(new MigrationStory(story.Id, story.Customer));
            await fixture.GivenAsync(story);
        }

        var job = new JobStory(Guid.CreateVersion7(), "even");
        await fixture.GivenAsync(job.Running());
        await fixture.GivenAsync(job.Moved().Finished());
        var grown = await fixture.DocumentsAsync();
        // five views of each migration, the savings of two customers, two views of the job
        Assert.True((4 * 5) + 2 + 2 == grown.Count, string.Join("\n", grown.Keys));
        await fixture.RebuildAsync();
        Assert.Equal(grown, await fixture.DocumentsAsync());
    }
}
