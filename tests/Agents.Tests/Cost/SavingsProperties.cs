using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Agents.Cost;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Cost;

/// <summary>The laws of the savings' arithmetic, for any prices.</summary>
public sealed class SavingsProperties
{
    // prices as EC2 states them, six decimals
    static readonly Gen<decimal> Price = Gen.Choose(1, 400_000).Select(n => n / 1_000_000m);
    static readonly Gen<int?> Band = Gen.Choose(-1, 4).Select(n => n < 0 ? null : (int?)n);
    static readonly MigrationPolicy AnySaving = Given.Policy with { MinSavingFraction = 0 };

    [Fact]
    public void the_net_saving_is_the_gross_saving_less_a_cost_that_is_never_negative() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Arb.From(Price), Arb.From(Band), (spot, band) =>
            Assess(spot, band, AnySaving).Opportunities.All(o =>
                o.Recommended.InterruptionCostMonthlyUsd >= 0
                && o.ExpectedSavingMonthlyUsd == (730 * (0.192m - spot)) - o.Recommended.InterruptionCostMonthlyUsd
                && o.ExpectedSavingMonthlyUsd <= 730 * (0.192m - spot))));

    [Fact]
    public void a_dearer_pool_never_saves_more() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Arb.From(Price), Arb.From(Price), Arb.From(Band), (one, other, band) =>
            Saving(Math.Max(one, other), band) <= Saving(Math.Min(one, other), band)));

    [Fact]
    public void a_pool_that_is_interrupted_more_often_never_saves_more() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Arb.From(Price), Arb.From(Gen.Choose(0, 3)), (spot, band) =>
            Saving(spot, band + 1) <= Saving(spot, band) && Saving(spot, null) <= Saving(spot, band)));

    [Fact]
    public void an_instance_is_either_an_opportunity_worth_its_while_or_refused() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Arb.From(Price), Arb.From(Band), Arb.From(Gen.Choose(0, 100)), (spot, band, percent) =>
        {
            var least = percent / 100m;
            var assessment = Assess(spot, band, Given.Policy with { MinSavingFraction = least });
            return assessment.Opportunities.Count + assessment.Refusals.Count == 1
                && assessment.Opportunities.All(o => o.ExpectedSavingMonthlyUsd >= least * o.OnDemandMonthlyUsd && o.Candidates.All(c => c.CurrentHourlyUsd < o.OnDemandHourlyUsd));
        }));

    [Fact]
    public void the_fleets_cost_and_savings_are_the_sums_of_its_instances() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Arb.From(Price), Arb.From(Gen.Choose(1, 40)), (spot, count) =>
        {
            var one = Assess(spot, 0, Given.Policy);
            var fleet = CostAssessment.Assess(
                Given.Observation(Enumerable.Range(1, count).Select(n => Given.Observed(Given.Instance($"i-{n}"))), [Given.Spot(spot)]), Given.Policy);
            return fleet.FleetMonthlyUsd == count * one.FleetMonthlyUsd
                && fleet.Opportunities.Sum(o => o.ExpectedSavingMonthlyUsd) == count * one.Opportunities.Sum(o => o.ExpectedSavingMonthlyUsd);
        }));

    static Assessment Assess(decimal spot, int? band, MigrationPolicy policy) =>
        CostAssessment.Assess(
            Given.Observation([Given.Observed()], [Given.Spot(spot)], band is { } known ? new Dictionary<string, int> { ["m5.xlarge"] = known } : new Dictionary<string, int>()), policy);

    /// <summary>What moving saves; nothing where it is refused.</summary>
    static decimal Saving(decimal spot, int? band) => Assess(spot, band, AnySaving).Opportunities.Sum(o => o.ExpectedSavingMonthlyUsd);
}
