using OptiInfra.Agents.Cost;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Cost;

public sealed class CostVoteTests
{
    static readonly CapacityPool Other = Given.Pool(zone: "us-east-1b");

    static Vote Judge(MigrationPlan plan, params (CapacityPool Pool, decimal Price)[] now) =>
        CostVote.Judge(plan, now.ToDictionary(p => p.Pool, p => p.Price), Given.Policy);

    [Fact]
    public void a_plan_at_its_prices_is_approved()
    {
        var vote = Judge(Given.Plan(Given.Move()), (Given.Pool(), 0.07m));

        Assert.True(vote.Approved);
        Assert.Empty(vote.Concerns);
        Assert.Equal("80.00", vote.Evidence["promised_saving_usd_per_month"]);
    }

    /// <summary>Approved at 0.07, ten per cent of drift: 0.077 is bought, a hair more is not.</summary>
    [Fact]
    public void prices_may_drift_as_far_as_the_policy_says()
    {
        Assert.True(Judge(Given.Plan(Given.Move()), (Given.Pool(), 0.077m)).Approved);

        var vote = Judge(Given.Plan(Given.Move(), Given.Move("i-2", Given.Candidate(Other))), (Given.Pool(), 0.0771m), (Other, 0.07m));

        Assert.False(vote.Approved);
        Assert.Equal(["i-1"], vote.InstanceIds);
        Assert.Contains(vote.Concerns, c => c.StartsWith("i-1:", StringComparison.Ordinal));
    }

    [Fact]
    public void a_recommended_pool_that_became_dear_is_a_concern_while_another_will_do()
    {
        var vote = Judge(Given.Plan(Given.Move("i-1", Given.Candidate(), Given.Candidate(Other))), (Given.Pool(), 0.5m), (Other, 0.07m));

        Assert.True(vote.Approved);
        Assert.Contains(vote.Concerns, c => c.Contains("1 of 1 recommended pools", StringComparison.Ordinal));
        Assert.Equal("1", vote.Evidence["pools_dearer_than_planned"]);
    }

    [Fact]
    public void a_pool_without_a_price_is_unknown_and_not_fine()
    {
        var vote = Judge(Given.Plan(Given.Move()));

        Assert.False(vote.Approved);
        // every instance is meant: the plan as a whole
        Assert.Empty(vote.InstanceIds);
    }

    [Fact]
    public void a_plan_whose_sum_is_wrong_is_rejected_as_a_whole()
    {
        var vote = Judge(Given.Plan(Given.Move()) with { PromisedSavingMonthlyUsd = 81m }, (Given.Pool(), 0.07m));

        Assert.False(vote.Approved);
        Assert.Empty(vote.InstanceIds);
        Assert.Contains("81.00", vote.Concerns[0], StringComparison.Ordinal);
    }

    [Fact]
    public void unknown_interruption_bands_cost_confidence()
    {
        var known = Judge(Given.Plan(Given.Move()), (Given.Pool(), 0.07m));
        var unknown = Judge(Given.Plan(Given.Move("i-1", Given.Candidate(band: null))), (Given.Pool(), 0.07m));

        Assert.True(unknown.Confidence < known.Confidence);
    }
}
