using OptiInfra.Agents.Resource;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Resource;

public sealed class ResourceVoteTests
{
    static readonly string[] Zones = ["us-east-1a", "us-east-1b"];
    static readonly string[] ThreeTypes = ["m5.xlarge", "m5a.xlarge", "m6i.xlarge"];

    static PlacementScores Scores(int a, int b) => new(ThreeTypes, new Dictionary<string, int> { ["us-east-1a"] = a, ["us-east-1b"] = b }, null);

    static Vote Judge(MigrationPlan plan, PlacementScores scores, string[]? zones = null) =>
        ResourceVote.Judge(plan, plan.Moves.ToDictionary(m => m.InstanceId, _ => scores), zones ?? Zones, Given.Policy);

    static CandidatePool In(string zone) => Given.Candidate(Given.Pool(zone: zone));

    [Fact]
    public void pools_with_stock_are_approved()
    {
        var vote = Judge(Given.Plan(Given.Move()), Scores(9, 3));

        Assert.True(vote.Approved);
        Assert.Equal("9", vote.Evidence["lowest_best_placement_score"]);
    }

    [Fact]
    public void an_instance_is_rejected_when_no_zone_of_its_pools_scores_enough()
    {
        var plan = Given.Plan(Given.Move("i-1", In("us-east-1a")), Given.Move("i-2", In("us-east-1a"), In("us-east-1b")));

        var vote = Judge(plan, Scores(2, 3));

        Assert.False(vote.Approved);
        Assert.Equal(["i-1"], vote.InstanceIds);
    }

    [Fact]
    public void a_score_of_few_types_says_nothing_and_is_called_unknown()
    {
        var vote = Judge(Given.Plan(Given.Move()), new PlacementScores(["m5.xlarge"], new Dictionary<string, int> { ["us-east-1a"] = 1 }, null));

        Assert.True(vote.Approved);
        Assert.Equal("unknown", vote.Evidence["lowest_best_placement_score"]);
        Assert.Contains(vote.Concerns, c => c.Contains("1 of 1 instances are unknown", StringComparison.Ordinal));
    }

    [Fact]
    public void scores_that_could_not_be_had_are_unknown_with_their_reason_and_cost_confidence()
    {
        var vote = Judge(Given.Plan(Given.Move()), new PlacementScores(ThreeTypes, null, "limit of configurations reached"));

        Assert.True(vote.Approved);
        Assert.Contains(vote.Concerns, c => c.Contains("limit of configurations reached", StringComparison.Ordinal));
        Assert.True(vote.Confidence < Judge(Given.Plan(Given.Move()), Scores(9, 9)).Confidence);
    }

    [Fact]
    public void a_pool_in_a_zone_that_does_not_exist_cannot_be_used()
    {
        var vote = Judge(Given.Plan(Given.Move("i-1", In("us-east-1z")), Given.Move("i-2")), Scores(9, 9));

        Assert.Equal(["i-1"], vote.InstanceIds);
    }

    [Fact]
    public void too_many_moves_into_one_pool_lead_to_a_call_for_diversity_not_to_a_rejection()
    {
        var vote = Judge(Given.Plan(Given.Move("i-1"), Given.Move("i-2"), Given.Move("i-3", In("us-east-1b"))), Scores(9, 9));

        Assert.True(vote.Approved);
        Assert.Contains(vote.Concerns, c => c.StartsWith("2 of 3 moves go to spot m5.xlarge us-east-1a", StringComparison.Ordinal));
        Assert.Contains(vote.Recommendations, r => r.StartsWith("Diversify", StringComparison.Ordinal));

        var even = Judge(Given.Plan(Given.Move("i-1"), Given.Move("i-2"), Given.Move("i-3", In("us-east-1b")), Given.Move("i-4", In("us-east-1b"))), Scores(9, 9));
        Assert.Empty(even.Recommendations);
    }

    [Fact]
    public void the_quota_is_said_to_be_unknown() =>
        Assert.Contains(Judge(Given.Plan(Given.Move()), Scores(9, 9)).Concerns, c => c.StartsWith("spot quota of the account: unknown", StringComparison.Ordinal));
}
