using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Tests.Scouting;

public sealed class DeadlinePlanTests
{
    const double SpotFraction = 0.3;
    static readonly DeadlinePlan Plan = new(new PlanTerms(12, SpotFraction, 1, 1, 48));

    static double Cost(double left, double work, RunsOn on, bool available = true, double pending = 0, double spell = 1)
        => Plan.ExpectedCost(left, work, pending, on, available, spell);

    [Fact]
    public void without_slack_only_on_demand_is_in_time()
    {
        Assert.Equal(10, Cost(10, 10, RunsOn.OnDemand), 3);
        Assert.Equal(double.PositiveInfinity, Cost(10, 10, RunsOn.Nothing));
        Assert.Equal(double.PositiveInfinity, Cost(10, 10, RunsOn.Spot));
        Assert.Equal(double.PositiveInfinity, Cost(10, 10.1, RunsOn.OnDemand));
    }

    [Fact]
    public void with_much_time_waiting_for_spot_is_cheaper_than_on_demand()
    {
        Assert.True(Cost(40, 5, RunsOn.Nothing, available: false) < Cost(40, 5, RunsOn.OnDemand, available: false, pending: 0.2));
        Assert.True(Cost(40, 5, RunsOn.Spot, pending: 0.2) < Cost(40, 5, RunsOn.Nothing));
    }

    [Fact]
    public void more_time_never_costs_more()
    {
        foreach (var on in (RunsOn[])[RunsOn.Nothing, RunsOn.Spot, RunsOn.OnDemand])
        {
            var costs = Enumerable.Range(12, 30).Select(left => Cost(left, 10, on)).ToList();
            for (var i = 1; i < costs.Count; i++)
                Assert.True(costs[i] <= costs[i - 1] + 1e-3, $"{on}: {12 + i} h left cost {costs[i]}, an hour less {costs[i - 1]}");
        }
    }

    [Fact]
    public void the_cost_lies_between_spot_all_the_way_and_on_demand_all_the_way()
    {
        foreach (var spell in (double[])[0, 1, 10])
            Assert.InRange(Cost(16, 10, RunsOn.Spot, spell: spell), 10 * SpotFraction, 10);
    }

    [Fact]
    public void an_older_offer_is_worth_more()
        => Assert.True(Cost(12, 10, RunsOn.Spot, spell: 10) < Cost(12, 10, RunsOn.Spot, spell: 0.1));

    [Fact]
    public void beyond_the_slack_that_is_kept_a_longer_horizon_makes_no_difference()
    {
        var longer = new DeadlinePlan(new PlanTerms(12, SpotFraction, 1, 1, 72));
        Assert.Equal(longer.ExpectedCost(47, 10, 0.2, RunsOn.Spot, available: true, 1), Cost(47, 10, RunsOn.Spot, pending: 0.2), 1);
    }
}
