using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Laws;

public sealed class PlanLaws
{
    static readonly Gen<decimal> Fractions = Gen.Choose(1, 1000).Select(n => n / 1000m);

    static readonly Gen<int> Sizes = Gen.Choose(1, 100_000);

    static void Check(Property property) => property.Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void a_phases_target_is_at_least_one_and_at_most_all() =>
        Check(Prop.ForAll(Fractions.Zip(Sizes).ToArbitrary(), x => PhaseTargets.Target(x.Item1, x.Item2) is var t && t >= 1 && t <= x.Item2));

    [Fact]
    public void a_phases_target_is_the_fraction_rounded_up() =>
        Check(Prop.ForAll(Fractions.Zip(Sizes).ToArbitrary(), x => PhaseTargets.Target(x.Item1, x.Item2) is var t && t >= x.Item1 * x.Item2 && (t - 1 < x.Item1 * x.Item2)));

    [Fact]
    public void a_larger_fraction_never_has_a_smaller_target() =>
        Check(Prop.ForAll(Fractions.Zip(Fractions).Zip(Sizes).ToArbitrary(),
            x => PhaseTargets.Target(Math.Min(x.Item1.Item1, x.Item1.Item2), x.Item2) <= PhaseTargets.Target(Math.Max(x.Item1.Item1, x.Item1.Item2), x.Item2)));

    [Fact]
    public void the_whole_is_all() => Check(Prop.ForAll(Sizes.ToArbitrary(), n => PhaseTargets.Target(1m, n) == n));

    [Theory]
    [InlineData(0, 5)]
    [InlineData(-0.1, 5)]
    [InlineData(1.001, 5)]
    [InlineData(0.5, 0)]
    public void what_is_no_phase_has_no_target(double fraction, int instances) => Assert.Throws<ArgumentOutOfRangeException>(() => PhaseTargets.Target((decimal)fraction, instances));

    static readonly Gen<MigrationPlan> Plans = Gen.Choose(1, 12).Select(A.Plan);

    /// <summary>Every way in which a plan could be another one.</summary>
    static IEnumerable<MigrationPlan> Changes(MigrationPlan plan, int move, int candidate)
    {
        var m = plan.Moves[move % plan.Moves.Count];
        var c = m.Candidates[candidate % m.Candidates.Count];
        MigrationPlan With(PlannedMove changed) => plan with { Moves = [.. plan.Moves.Select(x => x == m ? changed : x)] };
        MigrationPlan WithCandidate(CandidatePool changed) => With(m with { Candidates = [.. m.Candidates.Select(x => x == c ? changed : x)] });
        yield return plan with { PromisedSavingMonthlyUsd = plan.PromisedSavingMonthlyUsd + 0.01m };
        yield return With(m with { InstanceId = m.InstanceId + "0" });
        yield return With(m with { InstanceType = "x9.mega" });
        yield return With(m with { AvailabilityZone = "us-east-1z" });
        yield return With(m with { Team = null });
        yield return With(m with { OnDemandHourlyUsd = m.OnDemandHourlyUsd + 0.0001m });
        yield return With(m with { ExpectedSavingMonthlyUsd = m.ExpectedSavingMonthlyUsd - 0.01m });
        yield return With(m with { Candidates = [.. m.Candidates.Reverse()] });
        yield return With(m with { Candidates = [.. m.Candidates.Skip(1)] });
        yield return WithCandidate(c with { CurrentHourlyUsd = c.CurrentHourlyUsd + 0.0001m });
        yield return WithCandidate(c with { MeanHourlyUsd = c.MeanHourlyUsd + 0.000001m });
        yield return WithCandidate(c with { InterruptionBand = 4 });
        yield return WithCandidate(c with { Risk = Risk.High });
        yield return WithCandidate(c with { Pool = c.Pool with { AvailabilityZone = "us-east-1z" } });
        yield return WithCandidate(c with { Pool = c.Pool with { CapacityType = CapacityType.OnDemand } });
        yield return WithCandidate(c with { Pool = c.Pool with { InstanceType = "x9.mega" } });
        yield return plan with { Moves = [.. plan.Moves.SkipLast(1)] };
        if (plan.Moves.Count > 1)
            yield return plan with { Moves = [.. plan.Moves.Reverse()] };
    }

    [Fact]
    public void any_change_of_a_plan_changes_its_hash() =>
        Check(Prop.ForAll(Plans.Zip(Gen.Choose(0, 100)).Zip(Gen.Choose(0, 100)).ToArbitrary(), x =>
        {
            var (plan, move, candidate) = (x.Item1.Item1, x.Item1.Item2, x.Item2);
            Assert.All(Changes(plan, move, candidate), changed => Assert.NotEqual(PlanHash.Of(plan), PlanHash.Of(changed)));
        }));

    [Fact]
    public void a_plan_that_was_written_and_read_has_the_same_hash() => Check(Prop.ForAll(Plans.ToArbitrary(), plan => PlanHash.Of(plan) == PlanHash.Of(Log.Reread(plan))));

    // prices come from several sources: whatever their digits, what is hashed is what is written
    [Fact]
    public void a_hash_survives_the_log_whatever_the_prices_digits() =>
        Check(Prop.ForAll(Gen.Choose(0, 1_000_000).Zip(Gen.Choose(0, 10)).ToArbitrary(), x =>
        {
            var price = new decimal(x.Item1, 0, 0, false, (byte)x.Item2);
            var plan = A.Plan(2) with { PromisedSavingMonthlyUsd = price };
            return PlanHash.Of(plan) == PlanHash.Of(Log.Reread(plan));
        }));

    [Fact]
    public void a_hash_is_a_sha_256_in_lower_case() => Assert.Matches("^[0-9a-f]{64}$", PlanHash.Of(A.Plan(3)));
}
