using OptiInfra.Agents.Application;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Application;

public sealed class ApplicationVoteTests
{
    static readonly MigrationPlan Two = Given.Plan(Given.Move(), Given.Move("i-2"));

    static QualityWindow Window(string id, long requests, long errors = 0) =>
        new(id, Given.Now.AddMinutes(-5), Given.Now, [0.1], [requests, 0], requests, errors);

    static Vote Judge(IReadOnlyList<QualityWindow> baseline, params string[] unreadable) => ApplicationVote.Judge(Two, baseline, unreadable, Given.Policy);

    [Fact]
    public void instances_with_a_baseline_may_move()
    {
        var vote = Judge([Window("i-1", 1000), Window("i-2", 3000, 40)]);

        Assert.True(vote.Approved);
        Assert.Equal("0.0100", vote.Evidence["baseline_error_rate"]);
        Assert.Equal("2 of 2", vote.Evidence["instances_with_baseline"]);
    }

    [Fact]
    public void an_instance_with_too_few_requests_is_rejected_by_name()
    {
        var vote = Judge([Window("i-1", 1000), Window("i-2", 999)]);

        Assert.False(vote.Approved);
        Assert.Equal(["i-2"], vote.InstanceIds);
        Assert.Contains(vote.Concerns, c => c.Contains("999 requests in 5 min", StringComparison.Ordinal));
    }

    [Fact]
    public void an_instance_that_cannot_be_read_is_rejected_with_the_reason()
    {
        var vote = Judge([Window("i-1", 5000)], "i-2: its counters went down; it was restarted");

        Assert.Equal(["i-2"], vote.InstanceIds);
        Assert.Contains("i-2: its counters went down; it was restarted", vote.Concerns);
    }

    [Fact]
    public void when_nothing_can_be_watched_the_whole_plan_is_rejected()
    {
        var vote = Judge([]);

        Assert.False(vote.Approved);
        Assert.Empty(vote.InstanceIds);
        Assert.Equal("unknown", vote.Evidence["baseline_error_rate"]);
    }

    [Fact]
    public void more_requests_give_more_confidence() =>
        Assert.True(Judge([Window("i-1", 20_000), Window("i-2", 20_000)]).Confidence > Judge([Window("i-1", 1000), Window("i-2", 1000)]).Confidence);
}
