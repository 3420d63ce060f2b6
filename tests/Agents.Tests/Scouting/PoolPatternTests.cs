using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Tests.Scouting;

public sealed class PoolPatternTests
{
    static readonly CapacityPool Pool = new(CapacityType.Spot, "p3.2xlarge", "us-east-1a");
    static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    static double Sum(PoolKindOdds odds) => odds.Changeable + odds.Plentiful + odds.Scarce + odds.Flickering;

    [Fact]
    public void shares_add_up_and_stand_in_the_order_of_kinds()
    {
        Assert.Equal(1, PoolPattern.All.Sum(p => p.Share), 9);
        Assert.Equal(Enum.GetValues<PoolKind>(), PoolPattern.All.Select(p => p.Kind));
        foreach (var pattern in PoolPattern.All)
            Assert.Equal(pattern.Share, PoolKindOdds.Prior[pattern.Kind], 9);
    }

    [Fact]
    public void a_first_look_at_an_empty_pool_speaks_for_a_scarce_one()
    {
        Assert.True(PoolKindOdds.First(available: false).Scarce > PoolKindOdds.Prior.Scarce);
        Assert.True(PoolKindOdds.First(available: true).Scarce < PoolKindOdds.Prior.Scarce);
    }

    /// <summary>Looks of any spacing tell the same, so that a pool may be looked at more often for one job than for another.</summary>
    [Fact]
    public void what_a_spell_tells_does_not_depend_on_how_often_it_was_looked_at()
    {
        var once = PoolKindOdds.Prior.Seen(available: true, 0.5, 3, ended: false);
        var often = PoolKindOdds.Prior;
        for (var i = 0; i < 50; i++)
            often = often.Seen(available: true, 0.5 + i * 0.05, 0.5 + (i + 1) * 0.05, ended: false);
        foreach (var pattern in PoolPattern.All)
            Assert.Equal(once[pattern.Kind], often[pattern.Kind], 6);
    }

    [Theory]
    [InlineData(PoolKind.Changeable)]
    [InlineData(PoolKind.Plentiful)]
    [InlineData(PoolKind.Scarce)]
    [InlineData(PoolKind.Flickering)]
    public void the_kind_of_a_pool_is_learned_from_its_spells(PoolKind kind)
    {
        var random = new Random(7);
        var spell = PoolSpell.First(Pool, available: true, Start);
        for (var look = 1; look < 14 * 24 * 6; look++)
        {
            var now = Start.AddMinutes(10 * look);
            var ends = 1 - Math.Exp(-PoolPattern.Of(kind).Spells(spell.Available).Exposure((spell.SeenAt - spell.Since).TotalHours, (now - spell.Since).TotalHours));
            spell = spell.Seen(spell.Available != random.NextDouble() < ends, now);
        }

        Assert.True(spell.Kind[kind] > 0.9, $"{spell.Kind}");
    }

    /// <summary>The cloud tells of most pools only that they have a price, which is taken for capacity.</summary>
    [Fact]
    public void a_pool_that_was_there_for_weeks_is_plentiful_until_it_behaves_otherwise()
    {
        var spell = PoolSpell.First(Pool, available: true, Start);
        for (var hour = 1; hour < 1000; hour++)
            spell = spell.Seen(available: true, Start.AddHours(hour));
        Assert.True(spell.Kind.Plentiful > 0.5, $"{spell.Kind}");
        for (var look = 1; look < 300; look++)
            spell = spell.Seen(available: look % 12 == 0, Start.AddHours(1000 + look / 6.0));
        Assert.True(spell.Kind.Scarce > 0.7, $"{spell.Kind}");
    }

    [Fact]
    public void whatever_happens_odds_are_probabilities()
    {
        var odds = PoolKindOdds.Prior.Seen(available: true, 1, 1, ended: true).Seen(available: false, 0, 100_000, ended: false).Seen(available: true, 20, 20.000001, ended: true);
        Assert.Equal(1, Sum(odds), 9);
        Assert.All(PoolPattern.All, p => Assert.InRange(odds[p.Kind], 1e-5, 1));
    }
}
