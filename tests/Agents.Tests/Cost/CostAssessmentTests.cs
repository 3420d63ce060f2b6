using OptiInfra.Agents.Cost;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Cost;

public sealed class CostAssessmentTests
{
    static Assessment Assess(ObservedInstance instance, params SpotPriceHistory[] spot) =>
        CostAssessment.Assess(Given.Observation([instance], spot), Given.Policy);

    static Opportunity Found(Assessment assessment) => Assert.Single(assessment.Opportunities);

    /// <summary>
    /// By hand: on demand 0.192 USD/h, spot 0.072 on average, band 0 (2.5 % a month), changeover 10 min, 1 USD an interruption.
    /// Gross 730 × 0.120 = 87.60. Interruption 0.025 × (1/6 × 0.264 + 1.00) = 0.025 × 1.044 = 0.0261. Net 87.5739.
    /// </summary>
    [Fact]
    public void the_saving_is_730_hours_of_the_price_difference_less_what_interruptions_are_expected_to_cost()
    {
        var found = Found(Assess(Given.Observed(), Given.Spot(0.072m)));

        Assert.Equal(0.0261m, found.Recommended.InterruptionCostMonthlyUsd);
        Assert.Equal(87.5739m, found.ExpectedSavingMonthlyUsd);
        Assert.Equal(140.16m, found.OnDemandMonthlyUsd);
        Assert.Equal("blue_green", found.Strategy);
    }

    /// <summary>By hand, band 4 counted as 25 %: 0.25 × (1/6 × (0.192 + 0.072) + 1.00) = 0.261; net 87.60 − 0.261.</summary>
    [Fact]
    public void a_pool_that_is_interrupted_more_often_saves_less_and_is_a_higher_risk()
    {
        var found = Found(CostAssessment.Assess(Given.Observation([Given.Observed()], [Given.Spot(0.072m)], new Dictionary<string, int> { ["m5.xlarge"] = 4 }), Given.Policy));

        Assert.Equal(87.339m, found.ExpectedSavingMonthlyUsd);
        Assert.Equal(Risk.High, found.Risk);
    }

    [Fact]
    public void an_unknown_interruption_band_is_paid_for_as_the_worst_and_is_no_low_risk()
    {
        var known = Found(Assess(Given.Observed(), Given.Spot(0.072m)));
        var unknown = Found(CostAssessment.Assess(Given.Observation([Given.Observed()], [Given.Spot(0.072m)], new Dictionary<string, int>()), Given.Policy));

        Assert.Equal(0.261m, unknown.Recommended.InterruptionCostMonthlyUsd);
        Assert.Null(unknown.Recommended.InterruptionBand);
        Assert.Equal(Risk.Medium, unknown.Risk);
        Assert.True(unknown.Confidence < known.Confidence);
    }

    [Fact]
    public void what_the_fleet_costs_counts_running_instances_at_their_prices()
    {
        ObservedInstance[] fleet =
        [
            Given.Observed(),
            Given.Observed(Given.Instance("i-2") with { State = "stopped" }),
            Given.Observed(Given.Instance("i-3") with { CapacityType = CapacityType.Spot }),
            Given.Observed(Given.Instance("i-4", "m5.2xlarge")),
        ];

        var assessment = CostAssessment.Assess(Given.Observation(fleet, [Given.Spot(0.07m, current: 0.08m)]), Given.Policy);

        Assert.Equal(730 * (0.192m + 0.08m + 0.384m), assessment.FleetMonthlyUsd);
    }

    public static TheoryData<RefusalReason, string, ObservedInstance> Refused { get; } = new()
    {
        { RefusalReason.NotRunning, "stopped", Given.Observed(Given.Instance() with { State = "stopped" }) },
        { RefusalReason.AlreadySpot, "spot", Given.Observed(Given.Instance() with { CapacityType = CapacityType.Spot }) },
        { RefusalReason.Protected, "optiinfra:protected=true", Tagged((FleetTags.Protected, "true"), (FleetTags.Workload, "stateless")) },
        { RefusalReason.Protected, "stands by", Tagged((FleetTags.Serving, "false"), (FleetTags.Workload, "stateless")) },
        { RefusalReason.CoveredByCommitment, "ri-2024", Tagged((FleetTags.Commitment, "ri-2024"), (FleetTags.Workload, "stateless")) },
        { RefusalReason.StatefulWorkload, "stateful", Tagged((FleetTags.Workload, "stateful")) },
        { RefusalReason.UnlabelledWorkload, "no tag optiinfra:workload", Tagged() },
        { RefusalReason.UnlabelledWorkload, "neither", Tagged((FleetTags.Workload, "batch")) },
        { RefusalReason.BurstableType, "t3.xlarge", Given.Observed(Given.Instance(type: "t3.xlarge")) },
        { RefusalReason.UtilisationUnknown, "unknown is not idle", new ObservedInstance(Given.Instance(), null, null) },
        { RefusalReason.UtilisationUnknown, "29 hours", new ObservedInstance(Given.Instance(), Given.Use(hours: 29), null) },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void an_instance_that_may_not_move_stays_with_its_reason_and_evidence(RefusalReason reason, string evidence, ObservedInstance instance)
    {
        var assessment = Assess(instance, Given.Spot(0.07m));

        var refusal = Assert.Single(assessment.Refusals);
        Assert.Equal((reason, instance.Instance.InstanceId), (refusal.Reason, refusal.InstanceId));
        Assert.Contains(evidence, refusal.Evidence, StringComparison.Ordinal);
        Assert.Empty(assessment.Opportunities);
    }

    [Fact]
    public void without_an_on_demand_price_nothing_is_promised()
    {
        var observation = Given.Observation([Given.Observed()], [Given.Spot(0.07m)]) with { OnDemandHourlyUsd = new Dictionary<string, decimal>() };

        Assert.Equal(RefusalReason.NoPrice, Assert.Single(CostAssessment.Assess(observation, Given.Policy).Refusals).Reason);
    }

    [Fact]
    public void only_pools_of_the_same_architecture_and_at_least_its_size_count()
    {
        var pools = new[] { Given.Spot(0.01m, Given.Pool("m6g.xlarge")), Given.Spot(0.01m, Given.Pool("t3.xlarge")) };

        Assert.Equal(RefusalReason.NoCandidatePool, Assert.Single(Assess(Given.Observed(), pools).Refusals).Reason);
        Assert.Equal(RefusalReason.NoCandidatePool, Assert.Single(Assess(Given.Observed(Given.Instance(type: "m5.2xlarge")), Given.Spot(0.07m)).Refusals).Reason);
    }

    /// <summary>15 % of 140.16 are 21.02: a pool at 0.164 saves 730 × 0.028 = 20.44.</summary>
    [Fact]
    public void a_saving_below_the_policys_share_is_too_small()
    {
        var refusal = Assert.Single(Assess(Given.Observed(), Given.Spot(0.164m)).Refusals);

        Assert.Equal(RefusalReason.SavingTooSmall, refusal.Reason);
        Assert.Contains("21.02", refusal.Evidence, StringComparison.Ordinal);
        Assert.Single(Assess(Given.Observed(), Given.Spot(0.162m)).Opportunities);
    }

    [Fact]
    public void a_pool_that_costs_more_than_on_demand_at_the_moment_is_not_bought_however_cheap_it_was()
    {
        var refusal = Assert.Single(Assess(Given.Observed(), Given.Spot(0.07m, current: 0.2m)).Refusals);

        Assert.Equal(RefusalReason.SavingTooSmall, refusal.Reason);
        Assert.Contains("0.2000 USD/h now", refusal.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void its_own_zone_is_preferred_where_another_saves_hardly_more()
    {
        var elsewhere = Given.Pool(zone: "us-east-1b");

        Assert.Equal(Given.Pool(), Found(Assess(Given.Observed(), Given.Spot(0.070m), Given.Spot(0.069m, elsewhere))).Recommended.Pool);
        Assert.Equal(elsewhere, Found(Assess(Given.Observed(), Given.Spot(0.070m), Given.Spot(0.060m, elsewhere))).Recommended.Pool);
    }

    [Fact]
    public void a_calmer_pool_is_preferred_where_a_risky_one_saves_hardly_more()
    {
        var risky = Given.Pool(zone: "us-east-1b");

        var found = Found(Assess(Given.Observed(), Given.Spot(0.070m), Given.Spot(0.055m, risky, highest: 0.19m)));

        Assert.Equal([Given.Pool(), risky], found.Candidates.Select(c => c.Pool));
        Assert.Equal([Risk.Low, Risk.High], found.Candidates.Select(c => c.Risk));
    }

    [Fact]
    public void a_plan_keeps_as_many_candidates_as_the_policy_says_the_recommended_one_first()
    {
        var spot = Enumerable.Range(0, 9).Select(n => Given.Spot(0.05m + (0.001m * n), Given.Pool(zone: $"us-east-1{(char)('a' + n)}"))).ToArray();

        var found = Found(Assess(Given.Observed(), spot));

        Assert.Equal(Given.Policy.CandidatePools, found.Candidates.Count);
        Assert.Equal(found.Recommended, found.Candidates[0]);
        Assert.Equal(found.Recommended.NetSavingMonthlyUsd, found.ExpectedSavingMonthlyUsd);
    }

    [Theory]
    [InlineData(0.5, 0.55, 0.10, UsagePattern.Stable)]
    [InlineData(0.5, 0.70, 0.30, UsagePattern.Variable)]
    [InlineData(0.4, 0.90, 0.10, UsagePattern.Burst)]
    [InlineData(0.02, 0.10, 0.60, UsagePattern.Variable)]
    public void the_pattern_comes_from_how_the_hours_vary_and_how_far_moments_stand_out(double p95, double peak, double variation, UsagePattern expected) =>
        Assert.Equal(expected, CostAssessment.PatternOf(Given.Use(p95, peak: peak, variation: variation)));

    [Fact]
    public void a_workload_that_comes_in_bursts_is_a_higher_risk_on_the_same_pool()
    {
        var burst = new ObservedInstance(Given.Instance(), Given.Use(0.4, peak: 0.9), Given.Use());

        Assert.Equal(Risk.Low, Found(Assess(Given.Observed(), Given.Spot(0.07m))).Risk);
        Assert.Equal(Risk.Medium, Found(Assess(burst, Given.Spot(0.07m))).Risk);
    }

    [Fact]
    public void confidence_falls_with_missing_evidence()
    {
        double Of(UtilisationHistory cpu, UtilisationHistory? memory) => Found(Assess(new ObservedInstance(Given.Instance(), cpu, memory), Given.Spot(0.07m))).Confidence;

        Assert.Equal(1.0, Of(Given.Use(), Given.Use()));
        Assert.Equal(0.8, Of(Given.Use(), null));
        Assert.Equal(0.8, Of(Given.Use(hours: 84), Given.Use()));
    }

    static ObservedInstance Tagged(params (string Key, string Value)[] tags) =>
        Given.Observed(Given.Instance(tags: tags.ToDictionary(t => t.Key, t => t.Value)));
}
