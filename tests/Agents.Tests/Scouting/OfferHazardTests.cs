using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Tests.Scouting;

public sealed class OfferHazardTests
{
    static OfferHazard Available => PoolPattern.Of(PoolKind.Changeable).Available;

    [Theory]
    [InlineData(0, 5)]
    [InlineData(0.4, 3)]
    [InlineData(7, 40)]
    public void the_expected_life_is_the_integral_of_survival(double age, double horizon)
    {
        const int slices = 200_000;
        var width = horizon / slices;
        double integral = 0;
        for (var i = 0; i < slices; i++)
            integral += Math.Exp(-Available.Exposure(age, age + (i + 0.5) * width)) * width;
        Assert.Equal(integral, Available.ExpectedHours(age, horizon), 4);
    }

    [Fact]
    public void an_offer_that_has_held_for_long_is_expected_to_hold_longer()
    {
        var expected = new[] { 0, 0.3, 1, 2, 4, 10 }.Select(age => Available.ExpectedHours(age, 24)).ToList();
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
            var hazard = PoolPattern.Of(PoolKind.Scarce).Unavailable;
            return Math.Abs(hazard.Exposure(hours[0], hours[2]) - hazard.Exposure(hours[0], hours[1]) - hazard.Exposure(hours[1], hours[2])) < 1e-9;
        }).QuickCheckThrowOnFailure();
}
