using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Tests.Scouting;

public sealed class OfferHazardTests
{
    [Theory]
    [InlineData(0, 5, 1)]
    [InlineData(0.4, 3, 0.7)]
    [InlineData(7, 40, 2)]
    public void the_expected_life_is_the_integral_of_survival(double age, double horizon, double multiplier)
    {
        const int slices = 200_000;
        var width = horizon / slices;
        double integral = 0;
        for (var i = 0; i < slices; i++)
            integral += Math.Exp(-multiplier * OfferHazard.Available.Exposure(age, age + (i + 0.5) * width)) * width;
        Assert.Equal(integral, OfferHazard.Available.ExpectedHours(age, horizon, multiplier), 4);
    }

    [Fact]
    public void an_offer_that_has_held_for_long_is_expected_to_hold_longer()
    {
        var expected = new[] { 0, 0.3, 1, 2, 4, 10 }.Select(age => OfferHazard.Available.ExpectedHours(age, 24, 1)).ToList();
        Assert.Equal(expected.Order(), expected);
        Assert.True(expected[^1] > 2 * expected[0]);
    }

    [Fact]
    public void exposure_of_neighbouring_stretches_adds_up() => Prop.ForAll(
        Gen.Choose(0, 4000).Three().ToArbitrary(),
        times =>
        {
            double[] hours = [times.Item1 / 60.0, times.Item2 / 60.0, times.Item3 / 60.0];
            Array.Sort(hours);
            var hazard = OfferHazard.Unavailable;
            return Math.Abs(hazard.Exposure(hours[0], hours[2]) - hazard.Exposure(hours[0], hours[1]) - hazard.Exposure(hours[1], hours[2])) < 1e-9;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void a_pool_whose_spells_end_twice_as_fast_is_learned_in_time()
    {
        var random = new Random(7);
        var learned = HazardMultiplier.Prior;
        for (var spell = 0; spell < 2000; spell++)
        {
            var age = 0.0;
            for (var ended = false; !ended; age += 0.05)
            {
                ended = random.NextDouble() < 1 - Math.Exp(-2 * OfferHazard.Available.Exposure(age, age + 0.05));
                learned = learned.Seen(OfferHazard.Available, age, age + 0.05, ended);
            }
        }

        Assert.InRange(learned.Value, 1.8, 2.1);
        Assert.Equal(1, HazardMultiplier.Prior.Value);
    }
}
