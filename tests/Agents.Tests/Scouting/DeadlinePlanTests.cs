using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Tests.Scouting;

public sealed class DeadlinePlanTests
{
    const double SpotFraction = 0.3;
    static readonly PoolKindOdds Changeable = new(1, 0, 0, 0);
    static readonly DeadlinePlan Plan = new(new PlanTerms(12, SpotFraction, PoolKind.Changeable, 48));

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
        var longer = new DeadlinePlan(new PlanTerms(12, SpotFraction, PoolKind.Changeable, 72));
        Assert.Equal(longer.ExpectedCost(47, 10, 0.2, RunsOn.Spot, available: true, 1), Cost(47, 10, RunsOn.Spot, pending: 0.2), 1);
    }

    [Theory]
    [InlineData(0.13)]
    [InlineData(0.318)]
    [InlineData(0.85)]
    public void between_two_prices_the_cost_is_as_if_planned_for_the_price(double price)
    {
        var plan = new DeadlinePlans().For(0.2, price, Changeable, 48);
        var exact = new DeadlinePlan(new PlanTerms(12, price, PoolKind.Changeable, 75));
        foreach (var left in (double[])[10.5, 12, 15, 30, 47])
            foreach (var on in (RunsOn[])[RunsOn.Nothing, RunsOn.Spot, RunsOn.OnDemand])
            {
                var wanted = exact.ExpectedCost(left, 10, 0.2, on, available: true, 1);
                Assert.Equal(wanted, plan.ExpectedCost(left, 10, 0.2, on, available: true, 1), wanted * 0.03);
            }
    }

    [Fact]
    public void the_same_terms_give_the_same_plan_whatever_was_asked_before()
    {
        var far = new DeadlinePlans();
        far.For(0.2, 0.3, PoolKindOdds.Prior, 300);
        Assert.Equal(
            new DeadlinePlans().For(0.2, 0.3, PoolKindOdds.Prior, 20).ExpectedCost(20, 15, 0.2, RunsOn.Spot, available: true, 2),
            far.For(0.2, 0.3, PoolKindOdds.Prior, 20).ExpectedCost(20, 15, 0.2, RunsOn.Spot, available: true, 2));
    }

    [Fact]
    public void where_the_kind_of_the_pool_is_not_known_the_cost_is_the_mean_over_kinds()
    {
        var plans = new DeadlinePlans();
        double Expected(PoolKindOdds odds) => plans.For(0.2, 0.3, odds, 20).ExpectedCost(20, 15, 0.2, RunsOn.Spot, available: true, 2);
        var (plentiful, scarce) = (Expected(new PoolKindOdds(0, 1, 0, 0)), Expected(new PoolKindOdds(0, 0, 1, 0)));
        Assert.True(plentiful + 1 < scarce, $"{plentiful} and {scarce}");
        Assert.Equal(0.3 * plentiful + 0.7 * scarce, Expected(new PoolKindOdds(0, 0.3, 0.7, 0)), 6);
        Assert.Equal(plentiful, Expected(new PoolKindOdds(0, 0.999, 0.001, 0)), 6);
    }

    [Fact]
    public void a_spot_price_above_on_demand_is_planned_for()
        => Assert.Equal(10, new DeadlinePlans().For(0.2, 1.7, Changeable, 20).ExpectedCost(20, 10, 0, RunsOn.OnDemand, available: true, 1), 1);

    [Fact]
    public void a_plan_is_small() => Assert.InRange(new DeadlinePlan(new PlanTerms(240, SpotFraction, PoolKind.Changeable, 75)).Bytes, 1, 1_500_000);

    [Fact]
    public void far_from_the_deadline_even_a_little_work_costs_the_changeover_and_itself()
    {
        foreach (var left in (double[])[19, 21.3, 24, 25.5, 26.7, 40])
            for (var work = 0.1; work < 2; work += 0.1)
                Assert.True(Cost(left, work, RunsOn.Nothing) >= (work + 0.2) * SpotFraction, $"{work:0.0} h of work, {left} h left: {Cost(left, work, RunsOn.Nothing)}");
    }
}
